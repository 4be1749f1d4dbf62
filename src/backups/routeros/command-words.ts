/**
 * What RouterOS does at once where it stands at the end of a path: the commands of 6.49 to 7.24 by their command trees, without those that
 * are menus elsewhere, which `COMMAND_PATHS` has.
 */
const COMMAND_WORDS = new Set(
  [
    'acme-renew activate activate-profile activate-user-profile add add-acme add-batch-users add-device add-scep allowed-channels',
    'apply-changes ask at-chat authorize balance-cancel balance-start bandwidth-test beep blink break cable-test cancel card-reinstall',
    'card-verify cell-monitor check check-disk check-for-updates check-installation check-status cleanup clear clear-cache clear-history',
    'close-session comment connect continue convert copy country-info country-list create-certificate-request cuu deactivate debug',
    'decode-ad default-scan-list defaults delay delete delete-profle deserialize devel disable disconnect discourse discover dns-update',
    'do downgrade download download-all download-file dump-dot dump-saved-advertisements edit eject eject-drive el enable enable-profle',
    'enable-ssl-certificate error esim-id execute exit expire-password export export-certificate export-client-configuration export-db',
    'export-host-key export-pub-key fetch filter-wizard find firmware-upgrade flat-snoop flood-ping flush for force-check force-update',
    'foreach format format-drive frequency-monitor frequency-scan generate generate-key generate-new-id generate-report generate-voucher',
    'get global grant grep head hw-info if import import-db import-host-key import-ovpn-configuration inject inject-pcap inkey inspect',
    'install ip-scan issued-revoke jobname kill kill-connections len liberate list-profiles load local lock login mac-scan mac-telnet',
    'make-binding make-static migrate-legacy-db monitor monitor-data monitor-peers monitor-slaves monitor-traffic move next nothing',
    'nvme-discover onerror optimize-db parse password pause pick ping-speed possible-channels print provision publish put qkd-get-key',
    'qkd-get-key-with-ids qkd-get-status quick quit raid-scrub raid-scrub-cancel read read-holding-registers reboot recursive-print redo',
    'refresh refresh-profile-list reg-info regenerate-host-key reinstall-fib release reload remove remove-device remove-file',
    'rename-profle renew reoptimize repair replace-cancel replace-device repull request-logout reselect-channel resend reset reset-alert',
    'reset-configuration reset-counters reset-counters-all reset-devices reset-freq-drift reset-html reset-mac-address reset-servers',
    'reset-tr069-config resolve restart resume retry return rndnum rndstr roam rpki-check rpki-query rtc run save scan scan-list',
    'scep-renew scrub-cancel scrub-start self-test send send-notifications send-reconfigure send-trap serial-terminal serialize set',
    'set-identity set-nickname setup setup-repeater shell show-capabilities show-client-config shutdown sign sign-certificate-request',
    'smart-info sniff snmp-get snmp-walk snoop spectral-history spectral-scan speed-test ssh-exec start stop style subscribe sup-output',
    'tail take telnet terminate test test-as-path-regexp test-audio time timestamp toarray tobool tocrlf toggle toid toip toip6 tolf',
    'tonsec tonum torch tostr totime traceroute transceive trim typeof undo uninstall unroll unschedule unset unsubscribe upload-file',
    'usb-power-reset vacuum-db warning wg-export wg-import while wol wps-client wps-push-button write write-no-resp',
  ].flatMap((words) => words.split(' ')),
);

const COMMAND_PATHS = new Set([
  '/ping',
  '/range',
  '/tool ping',
  '/tool romon ping',
  '/tool romon ssh',
  '/system ssh',
  '/tool profile',
  '/interface ppp-client info',
  '/log info',
  '/routing stats info',
  '/interface wifi sniffer',
  '/interface wifiwave2 sniffer',
  '/system device-mode update',
  '/app update',
  '/container update',
  '/interface wifi capsman remote-cap upgrade',
  '/interface wifiwave2 capsman remote-cap upgrade',
  '/caps-man remote-cap upgrade',
  '/system routerboard upgrade',
  '/routing filter sync',
]);

const PLAIN = /^\/[a-z0-9-]+(?: [a-z0-9-]+)*$/;

/** Whether a path can only be a menu: nothing in it would be done when it is pasted into a router. */
export function isPlainMenu(menu: string): boolean {
  if (!PLAIN.test(menu)) return false;
  const words = menu.slice(1).split(' ');
  return words.every(
    (word, index) => !COMMAND_WORDS.has(word) && !COMMAND_PATHS.has(`/${words.slice(0, index + 1).join(' ')}`),
  );
}
