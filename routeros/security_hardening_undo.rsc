# Undoes security_hardening.rsc: removes only the rows whose comment begins with "NetSentinel:" and restores
# the values from before the script. RouterOS 6.43 and later, and 7. Apply with
#   /import file-name=security_hardening_undo.rsc
# Not restored, because RouterOS does not show it: the password of a user librenms_api that existed before.
{
  :local nsRun do={
    :local nsCode [:parse $1]
    $nsCode
  }
  /user remove [/user find where comment~"^NetSentinel:"]
  # Twice: a group can only go when the user that was in it has gone back to its own.
  :foreach nsPass in={1;2} do={
    :foreach nsRow in=[/system scheduler find where comment~"^NetSentinel: before"] do={
      :do {
        $nsRun [/system scheduler get $nsRow on-event]
        /system scheduler remove $nsRow
      } on-error={}
    }
  }
  :do { $nsRun "/user group remove [/user group find where comment~\"^NetSentinel:\"]" } on-error={
    :put "NetSentinel: the group api_readonly stays, other users are in it"
  }
  :foreach nsFirewall in={"/ip firewall";"/ipv6 firewall"} do={
    :foreach nsPart in={" filter";" address-list"} do={
      :local nsMenu ($nsFirewall . $nsPart)
      :do { $nsRun ($nsMenu . " remove [" . $nsMenu . " find where comment~\"^NetSentinel:\"]") } on-error={
        :if ($nsFirewall = "/ip firewall") do={ :put ("NetSentinel: could not clear " . $nsMenu) }
      }
    }
  }
  :foreach nsRow in=[/system scheduler find where comment~"^NetSentinel: before"] do={
    :put ("NetSentinel: could not put back, please do it by hand: " . [/system scheduler get $nsRow on-event])
  }
  /system scheduler remove [/system scheduler find where comment~"^NetSentinel:" and !(comment~"^NetSentinel: before")]
  :put "NetSentinel: the hardening is undone"
  :log warning "NetSentinel: the hardening is undone"
}
