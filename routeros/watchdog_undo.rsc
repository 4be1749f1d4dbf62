# Undoes what "netsentinel hardening --watchdog" writes: removes only the rows of /system scheduler whose comment begins with
# "NetSentinel watchdog:", and restores the hardware watchdog as it was before. RouterOS 6.43 and later, and 7. Apply with
#   /import file-name=watchdog_undo.rsc
{
  :foreach nsRow in=[/system scheduler find where name="netsentinel-watchdog-timer"] do={
    :do {
      :local nsCode [:parse [/system scheduler get $nsRow on-event]]
      $nsCode
    } on-error={ :put "NetSentinel: please do it by hand: /system watchdog set watchdog-timer=no" }
  }
  /system scheduler remove [/system scheduler find where comment~"^NetSentinel watchdog:"]
  :put "NetSentinel: the watchdog is undone"
}
