# NetSentinel: what a router needs to be backed up: a user that may log in by SSH and read the whole configuration, secrets included, and
# change nothing (for binary backups it can: see nsGroupName); and SSH only from the NetSentinel server and the networks that you give. RouterOS 6.43 and later, and 7.
# Importing it twice changes nothing the second time.
#
# Apply:  "netsentinel hardening --backup --server-ip IP" writes this script with its values; upload the file, and
#           /import file-name=backup_access.rsc
# Undo:     /import file-name=backup_access_undo.rsc
# This file then contains a password: remove it from the router after the import.
#
# Rows that it adds have a comment that begins with "NetSentinel backup:". Old values are saved in disabled rows of /system scheduler, which
# never run; the undo reads them. RouterOS runs nothing if it cannot parse the whole script. Commands that a version may not have are in strings.
{
  # ---- Values, all addresses with their prefix length, as the router stores them ---------------------------------------------------------
  :local nsServers4 ""
  :local nsServers6 ""
  # Other networks that may use SSH.
  :local nsAdmins4 ""
  :local nsAdmins6 ""
  :local nsPassword "REPLACE_WITH_STRONG_PASSWORD"
  # For binary backups: group backup_binary with ssh,ftp,read,write,sensitive. Then whoever has this login can change the router.
  :local nsGroupName "backup_readonly"
  :local nsPolicy "ssh,read,sensitive"
  # A public key in OpenSSH's form. With one, the router refuses the password.
  :local nsPublicKey ""
  # After so many minutes everything is undone by nsUndo, unless you cancel that with the line shown at the end. 0: no rollback.
  :local nsRollbackMinutes 10
  :local nsUndo ""

  # ---- 1. Nothing is changed before it is known that it can be -------------------------------------------------------------------------------
  :if ($nsPassword ~ "^REPLACE_WITH_") do={ :error "NetSentinel: first let \"netsentinel hardening --backup\" put the values in; nothing was changed" }
  :local nsRun do={
    :local nsCode [:parse $1]
    $nsCode
  }
  :local nsAsk do={
    :local nsCode [:parse (":return [" . $1 . "]")]
    :return [$nsCode]
  }
  # Keeps an old value, once, and always before it is changed: the undo then knows it even if the power fails in between.
  :local nsKeep do={
    :if ([:len [/system scheduler find where name=$nsRowName]] = 0) do={
      /system scheduler add name=$nsRowName disabled=yes on-event=$nsValue comment="NetSentinel backup: never runs, the undo reads it"
    }
  }
  # A list or a text as one text.
  :local nsJoin do={
    :local nsJoined ""
    :foreach nsItem in=[:toarray $1] do={
      :local nsText [:tostr $nsItem]
      :if (([:len $nsJoined] > 0) and ([:len $nsText] > 0)) do={ :set nsJoined ($nsJoined . ",") }
      :set nsJoined ($nsJoined . $nsText)
    }
    :return $nsJoined
  }
  # The service's own row. Since 7.19 live connections are listed under its name too; they are dynamic.
  :local nsServices [/ip service find where name="ssh"]
  :do {
    :local nsStatic [$nsAsk "/ip service find where name=\"ssh\" and dynamic=no"]
    :if ([:len $nsStatic] > 0) do={ :set nsServices $nsStatic }
  } on-error={}

  # RouterOS 6 has no IPv6 menus while the package is off.
  :local nsFirewalls [:toarray "/ip firewall"]
  :local nsServers $nsServers4
  :local nsAdmins $nsAdmins4
  :do {
    $nsAsk ":len [/ipv6 firewall filter find]"
    :set nsFirewalls {"/ip firewall";"/ipv6 firewall"}
    :set nsServers [$nsJoin ($nsServers4 . "," . $nsServers6)]
    :set nsAdmins [$nsJoin ($nsAdmins4 . "," . $nsAdmins6)]
  } on-error={ :put "NetSentinel: no IPv6 on this router, its part is left out" }
  :if ([:len $nsServers] = 0) do={ :error "NetSentinel: no address of the server that this router could know; nothing was changed" }

  :if (($nsPublicKey ~ "^ssh-ed25519 ") and ([:tostr [/system resource get version]] ~ "^(6[.]|7[.]([0-9]|1[01])([^0-9]|\$))")) do={
    :error "NetSentinel: this version takes no ed25519 key, only RSA; update to 7.12 or later, or give an RSA key. Nothing was changed"
  }
  # Counted, because some versions never match a comment that is not there, not even with a "not".
  :local nsOwnUser [:len [/user find where name="netsentinel_backup" and comment~"^NetSentinel backup:"]]
  :if ([:len [/user find where name="netsentinel_backup"]] != $nsOwnUser) do={
    :error "NetSentinel: there is a user netsentinel_backup already; remove or rename it first. Nothing was changed"
  }
  # A group of this name that was there before is used as it is, if its rights are the same.
  :local nsGroupRow "netsentinel-backup-group"
  :if ($nsGroupName != "backup_readonly") do={ :set nsGroupRow "netsentinel-backup-group-binary" }
  :local nsOwnGroup ([:len [/system scheduler find where name=$nsGroupRow]] > 0)
  :local nsGroup [/user group find where name=$nsGroupName]
  :if (([:len $nsGroup] > 0) and !$nsOwnGroup) do={
    :local nsGranted 0
    :foreach nsGrant in=[:toarray [/user group get $nsGroup policy]] do={
      :local nsWord [:tostr $nsGrant]
      :if ([:pick $nsWord 0 1] != "!") do={
        :set nsGranted ($nsGranted + 1)
        :if ([:typeof [:find ("," . $nsPolicy . ",") ("," . $nsWord . ",")]] != "num") do={ :set nsGranted 100 }
      }
    }
    :if ($nsGranted != [:len [:toarray $nsPolicy]]) do={ :error ("NetSentinel: there is a group " . $nsGroupName . " with other policies than " . $nsPolicy . "; nothing was changed") }
  }
  :foreach nsRow in=[/user active find where via~"ssh"] do={
    :put ("NetSentinel: uses SSH now: " . [/user active get $nsRow name] . " from " . [:tostr [/user active get $nsRow address]])
  }
  :local nsPort "22"
  :foreach nsRow in=$nsServices do={
    :set nsPort [:tostr [/ip service get $nsRow port]]
    :if ([/ip service get $nsRow disabled]) do={ :put "NetSentinel: SSH is off on this router and stays so; to turn it on: /ip service set ssh disabled=no" }
  }

  # ---- 2. Rollback, before anything else; not again when the same values are in place already ------------------------------------------------
  :local nsApplied ("# for " . $nsServers . " and " . $nsAdmins . ", port " . $nsPort . ", key " . $nsPublicKey)
  :if ($nsGroupName != "backup_readonly") do={ :set nsApplied ($nsApplied . ", group " . $nsGroupName) }
  :local nsIsNew ([:len [/system scheduler find where name="netsentinel-backup-applied" and on-event=$nsApplied]] = 0)
  :if ($nsIsNew and ($nsRollbackMinutes > 0) and ([:len [/system scheduler find where name="netsentinel-backup-rollback"]] = 0)) do={
    /system scheduler add name="netsentinel-backup-rollback" interval=($nsRollbackMinutes . "m") on-event=$nsUndo comment="NetSentinel backup: undoes it unless removed in time"
  }

  # ---- 3. A user with the rights of its group and no other -------------------------------------------------------------------------------------
  # Policies are only granted, none is denied by name: a name that a version does not know would make the command fail.
  :if ([:len $nsGroup] = 0) do={
    $nsKeep nsRowName=$nsGroupRow nsValue=""
    :set nsOwnGroup true
    $nsRun ("/user group add name=" . $nsGroupName . " policy=" . $nsPolicy)
  }
  :if ($nsOwnGroup) do={ $nsRun ("/user group set [/user group find where name=\"" . $nsGroupName . "\"] policy=" . $nsPolicy) }
  :if ([:len [/user find where name="netsentinel_backup"]] = 0) do={
    # Off until it is bound to the server's address.
    /user add name=netsentinel_backup group=$nsGroupName password=$nsPassword disabled=yes comment="NetSentinel backup: reads the configuration"
  }
  :local nsUser [/user find where name="netsentinel_backup"]
  :do { /user set $nsUser address=$nsServers } on-error={
    # This version binds a user to one network only.
    :local nsFirst [:tostr [:pick [:toarray $nsServers] 0]]
    /user set $nsUser address=$nsFirst
    :put ("NetSentinel: netsentinel_backup can log in from " . $nsFirst . " only, the first address given")
  }
  # A router does not show its keys whole: what was given is kept beside them.
  :local nsKeyRow [/system scheduler find where name="netsentinel-backup-key" and on-event=$nsPublicKey]
  :local nsWantedKeys 0
  :if ([:len $nsPublicKey] > 0) do={ :set nsWantedKeys 1 }
  :if (([:len $nsKeyRow] = 0) or ([$nsAsk ":len [/user ssh-keys find where user=\"netsentinel_backup\"]"] != $nsWantedKeys)) do={
    /system scheduler remove [/system scheduler find where name="netsentinel-backup-key"]
    $nsRun "/user ssh-keys remove [/user ssh-keys find where user=\"netsentinel_backup\"]"
    :if ($nsWantedKeys = 1) do={
      :do { $nsRun ("/user ssh-keys add user=\"netsentinel_backup\" key=\"" . $nsPublicKey . "\"") } on-error={
        # RouterOS 6 takes keys from files only. A file that is printed into ends in .txt, and is there a moment later.
        $nsRun "/file print file=\"netsentinel-backup-key\""
        :delay 2s
        $nsRun ("/file set \"netsentinel-backup-key.txt\" contents=\"" . $nsPublicKey . "\"")
        :delay 1s
        :do { $nsRun "/user ssh-keys import user=\"netsentinel_backup\" public-key-file=\"netsentinel-backup-key.txt\"" } on-error={}
        $nsRun "/file remove [/file find where name=\"netsentinel-backup-key.txt\"]"
      }
      :if ([$nsAsk ":len [/user ssh-keys find where user=\"netsentinel_backup\"]"] != 1) do={
        /user set $nsUser disabled=yes
        :error "NetSentinel: this router does not take the key. The user is off and SSH as it was; the undo removes what was added"
      }
    }
    $nsKeep nsRowName="netsentinel-backup-key" nsValue=$nsPublicKey
  }
  /user set $nsUser group=$nsGroupName password=$nsPassword disabled=no

  # ---- 4. Who reaches SSH: the service itself, then the firewall ---------------------------------------------------------------------------------
  # Each row on its own: a live connection under the same name refuses to be changed, and must not stop the others.
  :local nsDone false
  :foreach nsRow in=$nsServices do={
    :do {
      :local nsBefore [$nsJoin [/ip service get $nsRow address]]
      # Sets what is there already: a row that refuses that is a live connection, and not to be kept.
      /ip service set $nsRow address=$nsBefore
      $nsKeep nsRowName="netsentinel-backup-ssh" nsValue=$nsBefore
      # Who was allowed by name before stays allowed.
      :local nsAllowed [$nsJoin ($nsServers . "," . $nsAdmins)]
      :foreach nsItem in=[:toarray [/system scheduler get [/system scheduler find where name="netsentinel-backup-ssh"] on-event]] do={
        :local nsText [:tostr $nsItem]
        :if (([:len $nsText] > 0) and ([:typeof [:find ("," . $nsAllowed . ",") ("," . $nsText . ",")]] != "num")) do={ :set nsAllowed ($nsAllowed . "," . $nsText) }
      }
      /ip service set $nsRow address=$nsAllowed
      :set nsDone true
    } on-error={}
  }
  :if (!$nsDone) do={ :put "NetSentinel: the service ssh could not be limited; please do it by hand" }

  # The firewall lets the server in, before your own rules and behind those of the hardening; it shuts nobody out.
  :foreach nsFirewall in=$nsFirewalls do={
    :local nsFilter ($nsFirewall . " filter")
    :local nsSources $nsServers4
    :if ($nsFirewall = "/ipv6 firewall") do={ :set nsSources $nsServers6 }
    :local nsWanted ""
    :local nsCount 0
    :foreach nsItem in=[:toarray $nsSources] do={
      :if ([:len [:tostr $nsItem]] > 0) do={
        :set nsWanted ($nsWanted . "|NetSentinel backup: SSH at port " . $nsPort . " from " . [:tostr $nsItem])
        :set nsCount ($nsCount + 1)
      }
    }
    # In place means: these rules and no others, switched on, in this order, and nothing of the admin's before them.
    :local nsFound ""
    :local nsBehind ""
    :foreach nsRow in=[$nsAsk ($nsFilter . " find where chain=input and dynamic=no")] do={
      :local nsNote [:tostr [$nsAsk ($nsFilter . " get " . $nsRow . " comment")]]
      :if ([:len $nsBehind] = 0) do={
        :if ($nsNote ~ "^NetSentinel backup:") do={
          :if (![$nsAsk ($nsFilter . " get " . $nsRow . " disabled")]) do={ :set nsFound ($nsFound . "|" . $nsNote) }
        } else={
          :if (!($nsNote ~ "^NetSentinel:")) do={ :set nsBehind [:tostr $nsRow] }
        }
      }
    }
    :if (($nsFound != $nsWanted) or ([$nsAsk (":len [" . $nsFilter . " find where comment~\"^NetSentinel backup:\"]")] != $nsCount)) do={
      $nsRun ($nsFilter . " remove [" . $nsFilter . " find where comment~\"^NetSentinel backup:\"]")
      :foreach nsItem in=[:toarray $nsSources] do={
        :local nsText [:tostr $nsItem]
        :if ([:len $nsText] > 0) do={
          $nsRun ($nsFilter . " add chain=input protocol=tcp dst-port=" . $nsPort . " src-address=" . $nsText . " action=accept comment=\"NetSentinel backup: SSH at port " . $nsPort . " from " . $nsText . "\"")
        }
      }
      # Added at the end, then moved one by one before that rule: works on an empty chain too, and keeps their order.
      :if ([:len $nsBehind] > 0) do={
        :foreach nsRow in=[$nsAsk ($nsFilter . " find where comment~\"^NetSentinel backup:\"")] do={
          $nsRun ($nsFilter . " move " . $nsRow . " destination=" . $nsBehind)
        }
      }
    }
  }

  # ---- 5. What was applied ------------------------------------------------------------------------------------------------------------------------
  :if ($nsIsNew) do={
    /system scheduler remove [/system scheduler find where name="netsentinel-backup-applied"]
    $nsKeep nsRowName="netsentinel-backup-applied" nsValue=$nsApplied
  }
  :put "NetSentinel: this router can be backed up. Remove this file from it: it contains a password."
  :if ($nsGroupName != "backup_readonly") do={ :put "NetSentinel: netsentinel_backup can change this router; binary backups need that" }
  :if ([:len [/system scheduler find where name="netsentinel-backup-rollback"]] > 0) do={
    :put ("NetSentinel: everything is undone in " . $nsRollbackMinutes . " min. To keep it, run the next line:")
    :put "/system scheduler remove [find where name=\"netsentinel-backup-rollback\"]"
  }
}
