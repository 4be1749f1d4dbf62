# NetSentinel: allows the router's API only from the NetSentinel server, with a read-only user.
# One script for RouterOS 6.43 and later, and 7. Importing it twice changes nothing the second time.
#
# Before: run "netsentinel check"; it lists who uses the API today. All addresses not given below are locked out.
# Apply:  put in the values below (or let "netsentinel hardening" do it), upload the file, and
#           /import file-name=security_hardening.rsc
# Undo:     /import file-name=security_hardening_undo.rsc
# This file then contains a password: remove it from the router after the import.
#
# Every row it adds has a comment that begins with "NetSentinel:". Old values are saved in disabled rows of
# /system scheduler, which never run; the undo reads them. Because of the braces around everything, RouterOS runs nothing
# if it cannot parse the whole script. Commands that a version may not have are in strings, which are parsed when they run.
{
  # ---- Values -----------------------------------------------------------------------------------------------------------
  # The server's addresses as the router sees them, IPv4 or IPv6, separated by commas, without spaces.
  # Where a user can be bound to one address only (RouterOS 6), it is the first one here.
  :local nsServers "YOUR_SERVER_IP"
  # Other addresses or networks that may use the API, separated by commas: "192.0.2.0/24,2001:db8:1::/64". May be empty.
  :local nsAdminNets ""
  # Password of the user librenms_api, at least 12 characters. A backslash, a quote and a dollar sign each need a backslash before them.
  :local nsPassword "REPLACE_WITH_STRONG_PASSWORD"
  # Rollback: after so many minutes everything is undone, unless you cancel it with the line shown at the end. 0: no rollback.
  :local nsRollbackMinutes 10
  # true: also do the optional section, part 5. Read it first.
  :local nsOptional false

  # ---- 1. Nothing is changed before the values are known to be good ---------------------------------------------------------
  :if ($nsServers ~ "^YOUR_") do={ :error "NetSentinel: put the server's address into nsServers first; nothing was changed" }
  :if ($nsPassword ~ "^REPLACE_WITH_") do={ :error "NetSentinel: put a strong password into nsPassword first; nothing was changed" }
  :if ([:len $nsPassword] < 12) do={ :error "NetSentinel: the password is shorter than 12 characters; nothing was changed" }
  :if ([:typeof $nsRollbackMinutes] != "num") do={ :error "NetSentinel: nsRollbackMinutes is a number; nothing was changed" }
  :if ([:typeof $nsOptional] != "bool") do={ :error "NetSentinel: nsOptional is true or false; nothing was changed" }

  # Runs a text, or asks one for its value. Unknown commands in it fail here and not when the file is read.
  :local nsRun do={
    :local nsCode [:parse $1]
    $nsCode
  }
  :local nsAsk do={
    :local nsCode [:parse (":return [" . $1 . "]")]
    :return [$nsCode]
  }
  # A text as it must stand between quotes.
  :local nsQuote do={
    :local nsText [:tostr $1]
    :local nsQuoted ""
    :if ([:len $nsText] > 0) do={
      :for nsAt from=0 to=([:len $nsText] - 1) do={
        :local nsSign [:pick $nsText $nsAt ($nsAt + 1)]
        :if (($nsSign = "\\") or ($nsSign = "\"") or ($nsSign = "\$")) do={ :set nsQuoted ($nsQuoted . "\\") }
        :set nsQuoted ($nsQuoted . $nsSign)
      }
    }
    :return $nsQuoted
  }
  # Keeps, once, the command that puts an old value back; always before the value is changed, so that the undo knows it even if
  # the power fails in between. Says whether it was kept now.
  :local nsSave do={
    :if ([:len [/system scheduler find where name=$nsKey]] > 0) do={ :return false }
    /system scheduler add name=$nsKey disabled=yes on-event=$nsRestore comment="NetSentinel: before the hardening; never runs, the undo reads it"
    :return true
  }
  # A service's own row. Since 7.19 live connections are listed under the service's name too; they are dynamic.
  :local nsService do={
    :local nsWanted $1
    :local nsFound [/ip service find where name=$nsWanted]
    :do {
      :local nsCode [:parse (":return [/ip service find where name=\"" . $nsWanted . "\" and dynamic=no]")]
      :local nsStatic [$nsCode]
      :if ([:len $nsStatic] > 0) do={ :set nsFound $nsStatic }
    } on-error={}
    :return $nsFound
  }

  # RouterOS 6 has no IPv6 menus while the package is off.
  :local nsFirewalls [:toarray "/ip firewall"]
  :do {
    $nsAsk ":len [/ipv6 firewall filter find]"
    :set nsFirewalls {"/ip firewall";"/ipv6 firewall"}
  } on-error={ :put "NetSentinel: no IPv6 on this router, its part is left out" }

  # Sorts the addresses by family. A server's address comes before an admin's network.
  :local nsServerList ""
  :local nsFirstServer ""
  :local nsSources ""
  :local nsSources4 ""
  :local nsSources6 ""
  :local nsIsServer true
  :foreach nsItem in=[:toarray ($nsServers . ",admins," . $nsAdminNets)] do={
    :local nsText [:tostr $nsItem]
    :if ($nsText = "admins") do={
      :set nsIsServer false
    } else={
      :if ([:len $nsText] > 0) do={
        :local nsHost $nsText
        :local nsSlash [:find $nsText "/"]
        :if ([:typeof $nsSlash] = "num") do={
          :set nsHost [:pick $nsText 0 $nsSlash]
          :local nsPrefix [:tonum [:pick $nsText ($nsSlash + 1) [:len $nsText]]]
          :if ([:typeof $nsPrefix] != "num") do={ :error ("NetSentinel: not a network: " . $nsText . "; nothing was changed") }
          :if (($nsPrefix < 1) or ($nsPrefix > 128)) do={ :error ("NetSentinel: not a network to open the API to: " . $nsText . "; nothing was changed") }
        }
        :local nsKnown true
        :if ([:typeof [:find $nsText ":"]] = "num") do={
          :if ([:typeof [:toip6 $nsHost]] != "ip6") do={ :error ("NetSentinel: not an address: " . $nsText . "; nothing was changed") }
          :if ([:len $nsFirewalls] = 2) do={ :set nsSources6 ($nsSources6 . "," . $nsText) } else={ :set nsKnown false }
        } else={
          :if ([:typeof [:toip $nsHost]] != "ip") do={ :error ("NetSentinel: not an address: " . $nsText . "; nothing was changed") }
          :set nsSources4 ($nsSources4 . "," . $nsText)
        }
        :if ($nsKnown) do={
          :if ([:len $nsSources] > 0) do={ :set nsSources ($nsSources . ",") }
          :set nsSources ($nsSources . $nsText)
          :if ($nsIsServer) do={
            :if ([:len $nsFirstServer] = 0) do={ :set nsFirstServer $nsText } else={ :set nsServerList ($nsServerList . ",") }
            :set nsServerList ($nsServerList . $nsText)
          }
        }
      }
    }
  }
  :if ([:len $nsFirstServer] = 0) do={ :error "NetSentinel: no address of the server that this router could know; nothing was changed" }

  # Nobody may be shut out who is working on the router right now.
  :foreach nsRow in=[/user active find where !(via~"api")] do={
    :local nsWho [/user active get $nsRow name]
    :if (($nsWho = "librenms_api") or ([:len [/user find where name=$nsWho and group="api_readonly"]] > 0)) do={
      :error ("NetSentinel: " . $nsWho . " is logged in and would lose its rights; log in as another user. Nothing was changed")
    }
  }
  :foreach nsRow in=[/user active find where via~"api"] do={
    :put ("NetSentinel: uses the API now: " . [/user active get $nsRow name] . " from " . [:tostr [/user active get $nsRow address]])
  }

  # The ports to guard: the API's usual ones, and its present ones if they were moved. Those of the logins are for the optional part.
  :local nsPorts "8728,8729"
  :foreach nsName in={"api";"api-ssl"} do={
    :foreach nsRow in=[$nsService $nsName] do={
      :local nsPort [:tostr [/ip service get $nsRow port]]
      :if ([:typeof [:find ("," . $nsPorts . ",") ("," . $nsPort . ",")]] != "num") do={ :set nsPorts ($nsPorts . "," . $nsPort) }
    }
  }
  :local nsLogin ""
  :foreach nsName in={"ssh";"winbox"} do={
    :foreach nsRow in=[$nsService $nsName] do={
      :if ([:len $nsLogin] > 0) do={ :set nsLogin ($nsLogin . ",") }
      :set nsLogin ($nsLogin . [:tostr [/ip service get $nsRow port]])
    }
  }

  # ---- 2. Rollback, before anything else; not again when the same values are in place already ------------------------------
  :local nsApplied ("# for " . $nsServers . " and " . $nsAdminNets . ", ports " . $nsPorts . " and " . $nsLogin . ", optional " . [:tostr $nsOptional])
  :local nsIsNew ([:len [/system scheduler find where name="netsentinel-applied" and on-event=$nsApplied]] = 0)
  :if ($nsIsNew and ($nsRollbackMinutes > 0) and ([:len [/system scheduler find where name="netsentinel-rollback"]] = 0)) do={
    # The text of security_hardening_undo.rsc, so that the net needs no file.
    :local nsUndo ""
    :set nsUndo ($nsUndo . "{\n")
    :set nsUndo ($nsUndo . ":local nsRun do={\n")
    :set nsUndo ($nsUndo . ":local nsCode [:parse \$1]\n")
    :set nsUndo ($nsUndo . "\$nsCode\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . "/user remove [/user find where comment~\"^NetSentinel:\"]\n")
    :set nsUndo ($nsUndo . ":foreach nsPass in={1;2} do={\n")
    :set nsUndo ($nsUndo . ":foreach nsRow in=[/system scheduler find where comment~\"^NetSentinel: before\"] do={\n")
    :set nsUndo ($nsUndo . ":do {\n")
    :set nsUndo ($nsUndo . "\$nsRun [/system scheduler get \$nsRow on-event]\n")
    :set nsUndo ($nsUndo . "/system scheduler remove \$nsRow\n")
    :set nsUndo ($nsUndo . "} on-error={}\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . ":do { \$nsRun \"/user group remove [/user group find where comment~\\\"^NetSentinel:\\\"]\" } on-error={\n")
    :set nsUndo ($nsUndo . ":put \"NetSentinel: the group api_readonly stays, other users are in it\"\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . ":foreach nsFirewall in={\"/ip firewall\";\"/ipv6 firewall\"} do={\n")
    :set nsUndo ($nsUndo . ":foreach nsPart in={\" filter\";\" address-list\"} do={\n")
    :set nsUndo ($nsUndo . ":local nsMenu (\$nsFirewall . \$nsPart)\n")
    :set nsUndo ($nsUndo . ":do { \$nsRun (\$nsMenu . \" remove [\" . \$nsMenu . \" find where comment~\\\"^NetSentinel:\\\"]\") } on-error={\n")
    :set nsUndo ($nsUndo . ":if (\$nsFirewall = \"/ip firewall\") do={ :put (\"NetSentinel: could not clear \" . \$nsMenu) }\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . ":foreach nsRow in=[/system scheduler find where comment~\"^NetSentinel: before\"] do={\n")
    :set nsUndo ($nsUndo . ":put (\"NetSentinel: could not put back, please do it by hand: \" . [/system scheduler get \$nsRow on-event])\n")
    :set nsUndo ($nsUndo . "}\n")
    :set nsUndo ($nsUndo . "/system scheduler remove [/system scheduler find where comment~\"^NetSentinel:\" and !(comment~\"^NetSentinel: before\")]\n")
    :set nsUndo ($nsUndo . ":put \"NetSentinel: the hardening is undone\"\n")
    :set nsUndo ($nsUndo . ":log warning \"NetSentinel: the hardening is undone\"\n")
    :set nsUndo ($nsUndo . "}\n")
    /system scheduler add name="netsentinel-rollback" interval=($nsRollbackMinutes . "m") on-event=$nsUndo comment="NetSentinel: undoes the hardening unless removed in time"
  }

  # ---- 3. A user that can read and use the API, and nothing else -------------------------------------------------------------
  # Policies are only granted, none is denied by name: a name that a version does not know would make the command fail.
  :if ([:len [/user group find where name="api_readonly"]] = 0) do={
    # The comment tells the undo whose the group is. Until it is there, and where a version has none, this row does.
    :local nsKept [$nsSave nsKey="netsentinel-saved-group" nsRestore="/user group remove [/user group find where name=\"api_readonly\"]"]
    /user group add name=api_readonly policy=read,api
    :do {
      $nsRun "/user group set [/user group find where name=\"api_readonly\"] comment=\"NetSentinel: reads through the API\""
      :if ($nsKept) do={ /system scheduler remove [/system scheduler find where name="netsentinel-saved-group"] }
    } on-error={}
  } else={
    :local nsComment ""
    :do { :set nsComment [:tostr [$nsAsk "/user group get [/user group find where name=\"api_readonly\"] comment"]] } on-error={}
    :if ($nsComment ~ "^SENTINEL:") do={
      $nsRun "/user group set [/user group find where name=\"api_readonly\"] comment=\"NetSentinel: reads through the API\""
    } else={
      :if (!($nsComment ~ "^NetSentinel:")) do={
        # Only granted policies are kept; a denied one is listed with a mark before its name.
        :local nsBefore ""
        :foreach nsPolicy in=[:toarray [/user group get [/user group find where name="api_readonly"] policy]] do={
          :local nsWord [:tostr $nsPolicy]
          :if ([:pick $nsWord 0 1] != "!") do={
            :if ([:len $nsBefore] > 0) do={ :set nsBefore ($nsBefore . ",") }
            :set nsBefore ($nsBefore . $nsWord)
          }
        }
        $nsSave nsKey="netsentinel-saved-group" nsRestore=("/user group set [/user group find where name=\"api_readonly\"] policy=\"" . $nsBefore . "\"")
      }
    }
    /user group set [/user group find where name="api_readonly"] policy=read,api
  }
  :if ([:len [/user find where group="api_readonly" and name!="librenms_api"]] > 0) do={
    :put "NetSentinel: other users are in the group api_readonly too; they can now only read and use the API"
  }

  :local nsUser [/user find where name="librenms_api"]
  :if ([:len $nsUser] = 0) do={
    # Off until it is bound to the server's address, below.
    /user add name=librenms_api group=api_readonly password=$nsPassword disabled=yes comment="NetSentinel: reads the queues"
    :set nsUser [/user find where name="librenms_api"]
  } else={
    :local nsComment [:tostr [/user get $nsUser comment]]
    :if ($nsComment ~ "^SENTINEL:") do={
      /user set $nsUser comment="NetSentinel: reads the queues"
    } else={
      :if (!($nsComment ~ "^NetSentinel:")) do={
        :local nsNets ""
        :foreach nsNet in=[:toarray [/user get $nsUser address]] do={
          :local nsText [:tostr $nsNet]
          :if (([:len $nsNets] > 0) and ([:len $nsText] > 0)) do={ :set nsNets ($nsNets . ",") }
          :set nsNets ($nsNets . $nsText)
        }
        :local nsOff "no"
        :if ([/user get $nsUser disabled]) do={ :set nsOff "yes" }
        $nsSave nsKey="netsentinel-saved-user" nsRestore=("/user set [/user find where name=\"librenms_api\"] group=\"" . [$nsQuote [/user get $nsUser group]] . "\" address=\"" . $nsNets . "\" disabled=" . $nsOff)
      }
    }
  }
  :do { /user set $nsUser address=$nsServerList } on-error={
    # This version binds a user to one network only.
    /user set $nsUser address=$nsFirstServer
    :put ("NetSentinel: librenms_api can log in from " . $nsFirstServer . " only, the first address given")
  }
  /user set $nsUser group=api_readonly password=$nsPassword disabled=no

  # ---- 4. Who reaches the API: the service itself, then the firewall ----------------------------------------------------------
  # Each row on its own: a live connection under the same name refuses to be changed, and must not stop the others.
  :foreach nsName in={"api";"api-ssl"} do={
    :local nsDone false
    :foreach nsRow in=[$nsService $nsName] do={
      :do {
        :local nsBefore ""
        :foreach nsNet in=[:toarray [/ip service get $nsRow address]] do={
          :local nsText [:tostr $nsNet]
          :if (([:len $nsBefore] > 0) and ([:len $nsText] > 0)) do={ :set nsBefore ($nsBefore . ",") }
          :set nsBefore ($nsBefore . $nsText)
        }
        # Sets what is there already: a row that refuses that is a live connection, and not to be kept.
        /ip service set $nsRow address=$nsBefore
        $nsSave nsKey=("netsentinel-saved-service-" . $nsName) nsRestore=(":foreach nsRow in=[/ip service find where name=\"" . $nsName . "\"] do={ :do { /ip service set \$nsRow address=\"" . $nsBefore . "\" } on-error={} }")
        /ip service set $nsRow address=$nsSources
        :set nsDone true
      } on-error={}
    }
    :if (!$nsDone) do={ :put ("NetSentinel: the service " . $nsName . " could not be limited; only the firewall guards it") }
  }

  # The same for both families. The service's own limit has been bypassed before (CVE-2018-14847, CVE-2023-41570), so the firewall does the same.
  :foreach nsFirewall in=$nsFirewalls do={
    :local nsWanted $nsSources4
    :if ($nsFirewall = "/ipv6 firewall") do={ :set nsWanted $nsSources6 }

    :local nsList ($nsFirewall . " address-list")
    $nsRun ($nsList . " remove [" . $nsList . " find where list=\"netsentinel-api\" and comment~\"^SENTINEL:\"]")
    :local nsNotes "|"
    :foreach nsSource in=[:toarray $nsWanted] do={
      :local nsItem [:tostr $nsSource]
      :if ([:len $nsItem] > 0) do={
        :local nsNote ("NetSentinel: may use the API, " . $nsItem)
        :set nsNotes ($nsNotes . $nsNote . "|")
        :if ([$nsAsk (":len [" . $nsList . " find where list=\"netsentinel-api\" and (comment=\"" . $nsNote . "\" or address=\"" . $nsItem . "\")]")] = 0) do={
          $nsRun ($nsList . " add list=\"netsentinel-api\" address=" . $nsItem . " comment=\"" . $nsNote . "\"")
        }
      }
    }
    $nsRun ($nsList . " set [" . $nsList . " find where list=\"netsentinel-api\" and comment~\"^NetSentinel:\" and disabled=yes] disabled=no")
    # Addresses of an earlier import that are not given any more.
    :foreach nsRow in=[$nsAsk ($nsList . " find where list=\"netsentinel-api\" and comment~\"^NetSentinel:\"")] do={
      :local nsNote [:tostr [$nsAsk ($nsList . " get " . $nsRow . " comment")]]
      :if ([:typeof [:find $nsNotes ("|" . $nsNote . "|")]] != "num") do={ $nsRun ($nsList . " remove " . $nsRow) }
    }

    # In place means: made with these values, four rules, switched on, and nothing of the admin's before them.
    :local nsFilter ($nsFirewall . " filter")
    :local nsInPlace [$nsAsk (":len [" . $nsFilter . " find where chain=input and comment~\"^NetSentinel: API\" and disabled=no]")]
    :local nsFirst ""
    :local nsInput [$nsAsk ($nsFilter . " find where chain=input and dynamic=no")]
    :if ([:len $nsInput] > 0) do={ :set nsFirst [:tostr [$nsAsk ($nsFilter . " get " . [:pick $nsInput 0] . " comment")]] }
    :if ($nsIsNew or ($nsInPlace != 4) or !($nsFirst ~ "^NetSentinel: API 1")) do={
      $nsRun ($nsFilter . " remove [" . $nsFilter . " find where comment~\"^NetSentinel: API\"]")
      # The first rule of the admin's; dynamic rows (FastTrack's counter) stand before it, and nothing can be moved before them.
      :local nsOthers [$nsAsk ($nsFilter . " find where chain=input and dynamic=no")]
      :local nsMatch ($nsFilter . " add chain=input protocol=tcp dst-port=" . $nsPorts)
      # An open session stays open, also the one this runs in.
      $nsRun ($nsMatch . " connection-state=established,related action=accept comment=\"NetSentinel: API 1, open sessions stay\"")
      # The allow list comes before anything that counts or drops: a poller that reconnects often must not look like an attack.
      $nsRun ($nsMatch . " src-address-list=\"netsentinel-api\" action=accept comment=\"NetSentinel: API 2, the server and the admins\"")
      # Six lines a minute at most, after a first burst of five: the log is no place to be flooded from outside.
      $nsRun ($nsMatch . " limit=6/1m,5:packet action=log log-prefix=\"netsentinel-api\" comment=\"NetSentinel: API 3, tells of others\"")
      $nsRun ($nsMatch . " action=drop comment=\"NetSentinel: API 4, nobody else\"")
      # Added at the end, then moved one by one before that rule: works on an empty chain too, and keeps their order.
      :if ([:len $nsOthers] > 0) do={
        :foreach nsRow in=[$nsAsk ($nsFilter . " find where comment~\"^NetSentinel: API\"")] do={
          $nsRun ($nsFilter . " move " . $nsRow . " destination=" . [:pick $nsOthers 0])
        }
      }
    }

    # Rows of the older script, now that theirs is done by ours.
    $nsRun ($nsFilter . " remove [" . $nsFilter . " find where comment~\"^SENTINEL:\" and dynamic=no]")
    $nsRun ($nsList . " remove [" . $nsList . " find where comment~\"^SENTINEL:\"]")
  }
  :foreach nsMenu in={"/system scheduler";"/system script";"/ip firewall raw";"/ipv6 firewall raw"} do={
    :do { $nsRun ($nsMenu . " remove [" . $nsMenu . " find where comment~\"^SENTINEL:\"]") } on-error={}
  }
  # Its other users too, but neither a full one nor one that is logged in: that could be you.
  :foreach nsRow in=[/user find where comment~"^SENTINEL:" and group!="full"] do={
    :local nsWho [/user get $nsRow name]
    :if ([:len [/user active find where name=$nsWho and !(via~"api")]] = 0) do={ /user remove $nsRow }
  }
  :do { $nsRun "/user group remove [/user group find where comment~\"^SENTINEL:\"]" } on-error={}

  # ---- 5. Optional: only with nsOptional true ---------------------------------------------------------------------------------
  :if ($nsOptional) do={
    # Guessing passwords on SSH and WinBox: four new connections within a minute each block an address for an hour. New connections
    # are counted, not wrong passwords (RouterOS cannot tell), so the allow list is never counted. Nor is the list netsentinel-login-allowed,
    # which you fill yourself: it allows nothing else, in particular not the API. Your own rules still apply to all other traffic.
    :foreach nsFirewall in=$nsFirewalls do={
      :local nsFilter ($nsFirewall . " filter")
      :local nsInPlace [$nsAsk (":len [" . $nsFilter . " find where comment~\"^NetSentinel: login\" and disabled=no]")]
      :if (([:len $nsLogin] > 0) and ($nsIsNew or ($nsInPlace != 7))) do={
        $nsRun ($nsFilter . " remove [" . $nsFilter . " find where comment~\"^NetSentinel: login\"]")
        :local nsChain ($nsFilter . " add chain=\"netsentinel-login\"")
        $nsRun ($nsChain . " src-address-list=\"netsentinel-login-allowed\" action=return comment=\"NetSentinel: login 0, never counted\"")
        $nsRun ($nsChain . " src-address-list=\"netsentinel-blocked\" action=drop comment=\"NetSentinel: login 1, blocked\"")
        $nsRun ($nsChain . " src-address-list=\"netsentinel-login-3\" action=add-src-to-address-list address-list=\"netsentinel-blocked\" address-list-timeout=1h comment=\"NetSentinel: login 2, fourth try, blocked from the next on\"")
        $nsRun ($nsChain . " src-address-list=\"netsentinel-login-2\" action=add-src-to-address-list address-list=\"netsentinel-login-3\" address-list-timeout=1m comment=\"NetSentinel: login 3, third try\"")
        $nsRun ($nsChain . " src-address-list=\"netsentinel-login-1\" action=add-src-to-address-list address-list=\"netsentinel-login-2\" address-list-timeout=1m comment=\"NetSentinel: login 4, second try\"")
        $nsRun ($nsChain . " action=add-src-to-address-list address-list=\"netsentinel-login-1\" address-list-timeout=1m comment=\"NetSentinel: login 5, first try\"")
        # The first rule behind those of the API, if there is one.
        :local nsBehind ""
        :foreach nsRow in=[$nsAsk ($nsFilter . " find where chain=input and dynamic=no")] do={
          :local nsNote [:tostr [$nsAsk ($nsFilter . " get " . $nsRow . " comment")]]
          :if (([:len $nsBehind] = 0) and !($nsNote ~ "^NetSentinel: API")) do={ :set nsBehind [:tostr $nsRow] }
        }
        $nsRun ($nsFilter . " add chain=input protocol=tcp dst-port=" . $nsLogin . " connection-state=new src-address-list=\"!netsentinel-api\" action=jump jump-target=\"netsentinel-login\" comment=\"NetSentinel: login 6, counts new logins\"")
        :if ([:len $nsBehind] > 0) do={
          $nsRun ($nsFilter . " move [" . $nsFilter . " find where chain=input and comment~\"^NetSentinel: login\"] destination=" . $nsBehind)
        }
      }
    }

    # Services few people still need: telnet and ftp send passwords in clear text, www is WebFig and REST without TLS (Let's Encrypt
    # renewal and certificate lists use it too). A service through which somebody is logged in at this moment is not disabled.
    :foreach nsName in={"telnet";"ftp";"www"} do={
      :local nsVia ("^" . $nsName)
      :if ($nsName = "www") do={ :set nsVia "web|http|www|rest" }
      :if ([:len [/user active find where via~$nsVia]] > 0) do={
        :put ("NetSentinel: the service " . $nsName . " stays on, somebody is logged in through it")
      } else={
        :foreach nsRow in=[$nsService $nsName] do={
          :do {
            :if (![/ip service get $nsRow disabled]) do={
              # A live connection refuses even what it has.
              /ip service set $nsRow disabled=no
              $nsSave nsKey=("netsentinel-saved-service-" . $nsName) nsRestore=(":foreach nsRow in=[/ip service find where name=\"" . $nsName . "\"] do={ :do { /ip service set \$nsRow disabled=no } on-error={} }")
              /ip service set $nsRow disabled=yes
            }
          } on-error={ :put ("NetSentinel: the service " . $nsName . " could not be disabled") }
        }
      }
    }

    :local nsCommands [:toarray ""]
    # MAC telnet and MAC WinBox: a login from the same layer-2 network, which IP rules do not filter. Not disabled while somebody is
    # logged in by MAC address.
    :local nsByMac [:len [/user active find where via~"mac" or address~"^[0-9A-Fa-f][0-9A-Fa-f]:[0-9A-Fa-f][0-9A-Fa-f]:[0-9A-Fa-f][0-9A-Fa-f]:"]]
    :if ($nsByMac > 0) do={
      :put "NetSentinel: MAC telnet and MAC WinBox stay on, somebody is logged in by MAC address"
    } else={
      :set nsCommands ($nsCommands , "/tool mac-server set allowed-interface-list=none")
      :set nsCommands ($nsCommands , "/tool mac-server mac-winbox set allowed-interface-list=none")
    }
    # MAC ping: answers in the layer-2 network, also where the firewall drops ping.
    :set nsCommands ($nsCommands , "/tool mac-server ping set enabled=no")
    # Neighbour discovery (MNDP, CDP, LLDP): sends model, version and addresses to all devices in the layer-2 network. LLDP-based
    # maps lose this router.
    :set nsCommands ($nsCommands , "/ip neighbor discovery-settings set discover-interface-list=none")
    # Bandwidth test server: lets others load the link and the processor.
    :set nsCommands ($nsCommands , "/tool bandwidth-server set enabled=no")
    # Web proxy and SOCKS: attackers often enable them.
    :set nsCommands ($nsCommands , "/ip proxy set enabled=no")
    :set nsCommands ($nsCommands , "/ip socks set enabled=no")
    # UPnP: any program in the local network can open a port to the internet.
    :set nsCommands ($nsCommands , "/ip upnp set enabled=no")
    # SSH: no weak ciphers. Open sessions stay open; very old clients cannot connect again.
    :set nsCommands ($nsCommands , "/ip ssh set strong-crypto=yes")
    # DNS for others: an open resolver can be used for attacks. Not disabled if the router serves clients, because they may use it as resolver.
    :local nsClients 0
    :foreach nsMenu in={"/ip dhcp-server";"/ip hotspot";"/interface pppoe-server server"} do={
      :do { :set nsClients ($nsClients + [$nsAsk (":len [" . $nsMenu . " find]")]) } on-error={}
    }
    :if ($nsClients > 0) do={
      :put "NetSentinel: DNS remote requests stay as they are, this router serves clients (DHCP, hotspot or PPPoE); close port 53 to the outside in the firewall"
    } else={
      :set nsCommands ($nsCommands , "/ip dns set allow-remote-requests=no")
    }
    :foreach nsCommand in=$nsCommands do={
      :do {
        :local nsSet [:find $nsCommand " set "]
        :local nsEquals [:find $nsCommand "="]
        :local nsMenu [:pick $nsCommand 0 $nsSet]
        :local nsName [:pick $nsCommand ($nsSet + 5) $nsEquals]
        :local nsBefore [:tostr [$nsAsk ($nsMenu . " get " . $nsName)]]
        :if ($nsBefore = "true") do={ :set nsBefore "yes" }
        :if ($nsBefore = "false") do={ :set nsBefore "no" }
        :if ($nsBefore != [:pick $nsCommand ($nsEquals + 1) [:len $nsCommand]]) do={
          # A name of letters and dashes: "netsentinel-saved-ip-upnp".
          :local nsKey "netsentinel-saved"
          :for nsAt from=0 to=([:len $nsMenu] - 1) do={
            :local nsSign [:pick $nsMenu $nsAt ($nsAt + 1)]
            :if (($nsSign = "/") or ($nsSign = " ")) do={ :set nsSign "-" }
            :set nsKey ($nsKey . $nsSign)
          }
          :local nsKept [$nsSave nsKey=$nsKey nsRestore=($nsMenu . " set " . $nsName . "=\"" . [$nsQuote $nsBefore] . "\"")]
          :do { $nsRun $nsCommand } on-error={
            :if ($nsKept) do={ /system scheduler remove [/system scheduler find where name=$nsKey] }
            :error "not taken"
          }
        }
      } on-error={ :put ("NetSentinel: left as it is, this version does not take: " . $nsCommand) }
    }
  }

  # ---- 6. Done ------------------------------------------------------------------------------------------------------------------
  :if ($nsIsNew) do={
    /system scheduler remove [/system scheduler find where name="netsentinel-applied"]
    /system scheduler add name="netsentinel-applied" disabled=yes on-event=$nsApplied comment="NetSentinel: the values in place; never runs"
  }
  :log info "NetSentinel: the API is limited to the server"
  :put ("NetSentinel: done. The API (ports " . $nsPorts . ") is open to " . $nsSources . " only.")
  :foreach nsName in={"api";"api-ssl"} do={
    :foreach nsRow in=[$nsService $nsName] do={
      :if ([/ip service get $nsRow disabled]) do={ :put ("NetSentinel: the service " . $nsName . " is disabled; it was not changed") }
    }
  }
  :if ([:len [/system scheduler find where name="netsentinel-rollback"]] > 0) do={
    :put "NetSentinel: everything will be UNDONE in a few minutes. If \"netsentinel check\" shows no failure, keep it with this line:"
    :put "/system scheduler remove [find where name=\"netsentinel-rollback\"]"
  } else={
    :if ($nsIsNew and ($nsRollbackMinutes > 0)) do={ :put "NetSentinel: the rollback was removed already; check that everything is in place" }
  }
}
