# Undoes backup_access.rsc: removes the user, its key, its group if the script made it, and the rules whose comment begins with
# "NetSentinel backup:", and restores who may use SSH. RouterOS 6.43 and later, and 7. Apply with
#   /import file-name=backup_access_undo.rsc
{
  :local nsRun do={
    :local nsCode [:parse $1]
    $nsCode
  }
  :foreach nsRow in=[/system scheduler find where name="netsentinel-backup-ssh"] do={
    :local nsBefore [/system scheduler get $nsRow on-event]
    # A live connection is listed like a service, and refuses that.
    :foreach nsService in=[/ip service find where name="ssh"] do={
      :do { /ip service set $nsService address=$nsBefore } on-error={}
    }
  }
  :if ([:len [/user find where name="netsentinel_backup" and comment~"^NetSentinel backup:"]] > 0) do={
    :do { $nsRun "/user ssh-keys remove [/user ssh-keys find where user=\"netsentinel_backup\"]" } on-error={}
    /user remove [/user find where name="netsentinel_backup" and comment~"^NetSentinel backup:"]
  }
  :if ([:len [/system scheduler find where name="netsentinel-backup-group"]] > 0) do={
    :do { $nsRun "/user group remove [/user group find where name=\"backup_readonly\"]" } on-error={
      :put "NetSentinel: the group backup_readonly stays, other users are in it"
    }
  }
  :if ([:len [/system scheduler find where name="netsentinel-backup-group-binary"]] > 0) do={
    :do { $nsRun "/user group remove [/user group find where name=\"backup_binary\"]" } on-error={
      :put "NetSentinel: the group backup_binary stays, other users are in it"
    }
  }
  :foreach nsFilter in={"/ip firewall filter";"/ipv6 firewall filter"} do={
    :do { $nsRun ($nsFilter . " remove [" . $nsFilter . " find where comment~\"^NetSentinel backup:\"]") } on-error={}
  }
  # Files of a router that lost its power while it took a key.
  :do { $nsRun "/file remove [/file find where name=\"netsentinel-backup-key.txt\"]" } on-error={}
  /system scheduler remove [/system scheduler find where comment~"^NetSentinel backup:"]
  :put "NetSentinel: the access for backups is undone"
  :log warning "NetSentinel: the access for backups is undone"
}
