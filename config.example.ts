// NetSentinel's configuration, with every option. Lines with a default may be left out.
// Copy it to config.ts (which git ignores), fill it in, and test it with:  npm run -s netsentinel -- check
//
// secret('X') reads the environment variable X, or the file whose name is in X_FILE. Keep passwords out of this file.
// A file .env in the folder where NetSentinel is started sets environment variables: one NAME=value a line.
import { defineConfig, secret } from 'netsentinel/config';

export default defineConfig({
  // Where days begin and end: an IANA time zone. Required.
  timeZone: 'Asia/Karachi',

  // First day of a week, for weekly quotas. Default: 'monday'.
  weekStartsOn: 'monday',

  // The database. Default: this SQLite file; a relative name starts from the folder of this file.
  // MySQL or MariaDB: secret('NETSENTINEL_DATABASE'), holding mysql://user:password@host:3306/netsentinel,
  // for several servers with the same data mysql://user:password@host1:3306,host2:3306/netsentinel.
  // The environment variable DATABASE_URL overrides it.
  database: 'sqlite:./data/netsentinel.db',

  // Encrypts the passwords that are stored in the database (docs/devices.md): 32 bytes in base64, as the command `key new` prints them.
  // Keep a copy of it apart from the backups of the database. To change it, list the former one in oldKeys and run `key rotate`.
  // Default: none; then no devices or credentials can be stored with a password.
  // key: secret('NETSENTINEL_KEY'),
  // oldKeys: [secret('NETSENTINEL_OLD_KEY')],

  // The routers to poll. Left out only if there is `devices` or `librenms` below, or a key: with a key, routers may be in the database.
  routers: [
    {
      // Its name in NetSentinel, unique; usage is stored under this name.
      name: 'edge-1',
      // Host name or IP address.
      host: '192.0.2.1',
      // Default: 8728, or 8729 with tls.
      port: 8728,
      // Default: false. true checks the certificate against the system's CAs; otherwise one of
      //   { ca: './router-ca.pem' }       the CA that signed the router's certificate
      //   { fingerprint: 'AB:CD:…' }      the SHA-256 of the router's own certificate
      //   { insecure: true }              any or no certificate, TLS 1.0 to 1.2: encrypted, but the router's identity is not checked
      tls: false,
      // A user with the policies read and api, and no more.
      username: 'librenms_api',
      password: secret('ROUTER_PASSWORD'),
      // Speed of the link in Mbit/s: more than that is not possible and not booked. Default: 10000.
      lineMbps: 10_000,
      // Code page of all queue names, e.g. 'windows-1251' or 'koi8-r'. Default: 'windows-1252', but names that are valid UTF-8 are read as
      // UTF-8.
      encoding: 'windows-1252',
      // The login by SSH, for backups: with password, or with privateKey and passphrase. Default: none.
      // ssh: {
      //   // Default: 22.
      //   port: 22,
      //   username: 'backup',
      //   password: secret('SSH_PASSWORD'),
      //   // The only host key to talk to, as `ssh-keygen -l` prints it. Default: the one seen first.
      //   hostKey: 'SHA256:…',
      //   // Also algorithms that only old devices still need. Default: false.
      //   legacy: false,
      // },
      // The name of the device in front of it, through which it is reached. Default: none.
      // parent: 'web-1',
      // Words to choose devices by. Default: none.
      tags: ['lte', 'north'],
    },
  ],

  // Devices without the API of a router: usage ignores them. Names are unique over routers and devices. Default: none.
  // devices: [
  //   {
  //     name: 'web-1',
  //     host: '192.0.2.80',
  //     // What it is: 'linux', 'ios', 'nxos', 'edgeos', 'custom' or another word, but not 'routeros'.
  //     model: 'linux',
  //     // How to see whether it is there: a TCP port that answers, or { ping: true }.
  //     probe: { tcp: 443 },
  //     // ssh, parent and tags as with a router.
  //   },
  // ],

  // Adds every enabled device with the operating system `routeros` that LibreNMS knows, under its hostname there, and follows when
  // devices come and go. A router above with the same name or host wins. While LibreNMS is unavailable, the last known list is used.
  // Default: none.
  // librenms: {
  //   url: 'https://librenms.example.com',
  //   // An API token (LibreNMS: Settings, API) of a user who may read all devices.
  //   token: secret('LIBRENMS_TOKEN'),
  //   // How often it is asked. Default: 10.
  //   refreshMinutes: 10,
  //   // Only hostnames that fit match and none of exclude. Default: all. If a router is known to both lists under different names,
  //   // it would be counted under each: exclude it here.
  //   match: '*',
  //   exclude: ['lab-*'],
  //   // The rest as for a router above, and the same for all of them: port, tls, lineMbps and encoding too.
  //   username: 'librenms_api',
  //   password: secret('ROUTER_PASSWORD'),
  // },

  // Which user a queue belongs to, where this is neither its PPP or hotspot user nor the name of the queue. The first matching rule is used.
  // match and comment are globs on the queue's name and comment (* any characters, ? one); router restricts a rule to one.
  // Default: none.
  users: [
    { match: 'bob-*', name: 'bob' },
    { comment: '*flat 12*', router: 'edge-1', name: 'alice' },
  ],

  collect: {
    // How often each router is read, 1 or more. Default: 60.
    everySeconds: 60,
    // How long a router may take to answer. Default: 20.
    timeoutSeconds: 20,
    // How many routers are read at once; one that has not answered yet does not count. Default: 32.
    concurrency: 32,
  },

  // How much each user may use on each router. The first matching rule is used; match is a glob on the user's or queue's name.
  // 1 GB is 1024³ bytes. Default: none, no user has a limit.
  quotas: [
    // Ranked, but without a limit.
    { match: 'server', unlimited: true },
    // Stored, but neither ranked nor summed nor alerted.
    { match: 'total*', ignore: true },
    // Per day, week and month; a month starts on the 1st unless said otherwise (31: on its last day).
    { match: 'vip-*', dailyGb: 50, weeklyGb: 200, monthlyGb: 600, monthStartsOn: 15 },
    // Everybody else on this router: alerts at 80, 90 and always at 100 percent, to an address of their own.
    // counts is 'download' (default), 'upload' or 'total'.
    { router: 'edge-1', dailyGb: 10, warnAtPercent: [80, 90], counts: 'total', to: ['edge-1@example.com'] },
  ],

  // Who gets alerts and reports, and through which server. Without this section no mail is sent.
  mail: {
    from: 'NetSentinel <netsentinel@example.com>',
    to: ['admin@example.com'],
    smtp: {
      host: 'smtp.example.com',
      // Default: 587.
      port: 587,
      // TLS from the first byte. Default: true on port 465, else false (STARTTLS where the server offers it).
      secure: false,
      // The EHLO name: a host name or an address. Default: the domain of `from`.
      ehloName: 'netsentinel.example.com',
      // Both, or none if the server accepts mail without a login.
      username: 'netsentinel@example.com',
      password: secret('SMTP_PASSWORD'),
      // In place of a password, for Gmail and Microsoft 365; docs/mail.md shows how to get these.
      // oauth2: {
      //   // 'google' or 'microsoft'; any other by its token endpoint: tokenUrl: 'https://sso.example.com/token'.
      //   provider: 'microsoft',
      //   // Of Microsoft: the directory (tenant) ID, or a domain of it.
      //   tenant: 'example.onmicrosoft.com',
      //   clientId: '00000000-0000-0000-0000-000000000000',
      //   // Left out for a public client.
      //   clientSecret: secret('SMTP_CLIENT_SECRET'),
      //   // Left out where an application of Microsoft 365 logs in for itself.
      //   refreshToken: secret('SMTP_REFRESH_TOKEN'),
      // },
      tls: {
        // Sends nothing over a connection that is not encrypted. Default: true with a username, unless the server is this machine.
        required: true,
        // Accepts any certificate. Default: false, but without a login any is accepted where `required` is false and there is no `ca`.
        // Better: ca: './mail-ca.pem'.
        insecure: false,
      },
    },
  },

  // Further ways to tell people, by names of your choice; docs/notices.md shows how to set up each. Test one: `channel test ops`.
  // Default: none.
  // channels: {
  //   // The bot's token, and ids of chats; '/7' is a topic. api: another server than https://api.telegram.org.
  //   ops: { telegram: { token: secret('TELEGRAM_TOKEN'), chats: ['-1001234567890', '-1001234567890/7'] } },
  //   // JSON for a program. With a secret the body is signed (HMAC-SHA256).
  //   hook: { webhook: { url: secret('HOOK_URL'), secret: secret('HOOK_SECRET') } },
  //   // Incoming webhooks; slack is for Mattermost and Rocket.Chat too.
  //   chat: { slack: { url: secret('SLACK_URL') } },
  //   game: { discord: { url: secret('DISCORD_URL') } },
  //   // The address of the topic; the token may be left out.
  //   phone: { ntfy: { url: 'https://ntfy.example.com/net', token: secret('NTFY_TOKEN') } },
  //   // The token of an application.
  //   push: { gotify: { url: 'https://push.example.com', token: secret('GOTIFY_TOKEN') } },
  // },

  // Which notices go to which channels; the first route that fits is used. kinds: quota, report, blind, device, backup, healing, security;
  // tags: of the device. Both may be left out. What fits no route goes to every channel, reports by mail only.
  // Default: none.
  // routes: [{ kinds: ['device', 'healing'], tags: ['core'], to: ['ops', 'mail'] }],

  // One report or a list of them. Default: { at: '18:15' }. An empty list: none.
  report: [
    // Every day: today so far ('today', the default) or the day that is over ('yesterday').
    { every: 'day', at: '18:15', covers: 'today', rows: 200 },
    { at: '07:00', covers: 'yesterday' },
    // The seven days before. on: default 'monday'.
    { every: 'week', on: 'monday', at: '08:00' },
    // On the 1st, the month before. rows: how many rows the table shows (the CSV has them all), default 200.
    { every: 'month', at: '08:00', rows: 500 },
  ],

  alerts: {
    // A mail is sent when a router is not read for this long. Default: 30. At least three intervals of `collect`: with hourly polls no mail
    // can come before 3 hours, and a lower number here is refused.
    blindAfterMinutes: 30,
  },

  // How the devices are watched (docs/health.md). Default: these values, no witnesses, no warnings, no status pages.
  health: {
    // Seconds between two checks of a device, and the longest that one may take (at most the interval).
    everySeconds: 30,
    timeoutSeconds: 5,
    // Failed checks in a row until a device may be down, and answers in a row until it is up again.
    failures: 3,
    answers: 1,
    // What shows whether our own line works: the gateway and two addresses outside, each with a TCP port or without (a ping).
    // Default: none.
    // witnesses: ['192.0.2.254', '198.51.100.1:443'],
    // What to warn of. One figure a rule: cpuPercent, memoryPercent, diskPercent, temperatureC, voltageV (below it), reconnects (in 24 hours),
    // interface (its name), wan: 'lost', certificateDays. forMinutes and tags may be left out.
    warn: [{ temperatureC: 70, forMinutes: 5, tags: ['lte'] }, { reconnects: 50 }, { wan: 'lost', forMinutes: 2 }],
    // Pages without a login at /status/<slug>: these devices, under public names. Need http.pages. Default: none.
    statusPages: [{ slug: 'village', title: 'Village network', devices: [{ device: 'edge-1', name: 'North tower' }] }],
  },

  // Answers /healthz, /readyz and /metrics for probes and for Prometheus, and shows pages for people. Without this section no port is
  // opened. The first three have no password: keep the port on this machine or in a network of your own.
  http: {
    // Default: '127.0.0.1', this machine alone. '0.0.0.0' for all addresses, as in a container.
    host: '127.0.0.1',
    // Default: 9494.
    port: 9494,
    // The web pages, at /. Default: false.
    pages: true,
    // Who may see them. auth: 'accounts': everybody logs in under their own name, with a role; see docs/accounts.md. This is the default if
    // there is a key. The simple way instead: one password for all pages, which are then read-only. At least 8 characters.
    password: secret('PAGE_PASSWORD'),
    // auth: 'none' is possible if host is 127.0.0.1 (this machine only).
    // Behind a reverse proxy: whose X-Forwarded headers are trusted. true: the nearest proxy; a list: only these, e.g.
    // ['10.0.0.5', '172.16.0.0/12']. Default: false.
    trustProxy: false,
    // Terminals of devices in the browser, for admins (docs/terminal.md). Needs auth: 'accounts'. Default: false.
    terminal: false,
  },

  // record: whether what terminals show is recorded (encrypted, needs `key` above). days: how long recordings are kept. Default: false and 90.
  terminal: { record: false, days: 90 },

  // Several workers that share the routers over Redis or Valkey (docs/workers.md): redis://user:password@host:6379/0, with TLS rediss://.
  // All of them have the same configuration and database. Default: none, one worker reads all routers.
  // workers: { redis: secret('REDIS_URL') },

  // Where people reach the pages, as they type it into a browser: mails then link to the page of the user, router or days that they are
  // about. Needs http.pages. Default: none, mails have no links.
  publicUrl: 'https://netsentinel.example.com',

  // The log goes to stderr. With this section it also goes to a file a day, netsentinel-2026-11-20.log, readable by the worker's user only.
  // Default: none.
  logs: {
    // A relative name starts from the folder of this file.
    folder: './logs',
    // How many files are kept. Default: 14.
    days: 14,
  },

  // Configurations of devices (docs/backups.md).
  backup: {
    // A backup fails if the device sends nothing for idleSeconds, or if it takes longer than totalSeconds. Default: 60 and 600.
    idleSeconds: 60,
    totalSeconds: 600,
    // All devices with SSH are backed up every day at this time, in the time zone above. Default: '02:00'; none where there are schedules.
    at: '02:00',
    // Further times: every 'day', 'week' (on: a weekday), 'month' (on: a day of the month), 'year' (on: month and day, '03-31'), each with
    // `at`, or every '6 hours'; with `device` ('edge-*') or `tags` only some devices. Others can be made on the page and by
    // `backup schedule add`. Default: none.
    schedules: [
      { every: 'week', on: 'sunday', at: '04:30', tags: ['lte'] },
      { every: '6 hours', device: 'core-*' },
    ],
    // A device without a complete backup for this long is an incident. Set it higher than the longest interval of your schedules. Default: 48.
    staleAfterHours: 48,
    // Also binary backups (/system backup save), of these devices only: `device` ('core-*') and `tags` as above, '*' for all. The password (12 to 64
    // characters) encrypts them on the router. They need a user that can change the router: read docs/backups.md first. Default: none.
    // binary: { password: secret('BINARY_PASSWORD'), tags: ['binary'] },
    // Versions kept for each device. Default: 200.
    keep: 200,
    // Also deletes versions that were last seen more than so many days ago, but never the newest one. Default: none.
    days: 730,
    // Off-site copies (docs/backups.md), by names of your choice; each is one of these, with `keep` copies for each device. They need `key` above,
    // and `recipients`: the public keys of age that the copies are encrypted for, as age-keygen prints them. Default: none.
    // archives: {
    //   // A relative name starts from the folder of this file.
    //   nas: { folder: '/mnt/nas/netsentinel', keep: 400 },
    //   // endpoint: of another provider than AWS. prefix: a path within the bucket. Both may be left out.
    //   bucket: {
    //     s3: {
    //       endpoint: 'https://s3.example.com',
    //       region: 'eu-central-1',
    //       bucket: 'copies',
    //       prefix: 'netsentinel',
    //       accessKeyId: 'AKIDEXAMPLE',
    //       secretAccessKey: secret('S3_SECRET'),
    //     },
    //   },
    //   dav: { webdav: { url: 'https://cloud.example.com/remote.php/dav/files/net/netsentinel', username: 'net', password: secret('DAV_PASSWORD') } },
    //   // port (22), hostKey and path ('netsentinel', from the home folder) may be left out; password, or privateKey with passphrase.
    //   box: { sftp: { host: 'box.example.com', username: 'net', privateKey: secret('BOX_KEY'), path: '/backups/netsentinel' } },
    //   // Google Drive and others. config: the file of rclone; left out: where rclone itself looks.
    //   drive: { rclone: 'drive:netsentinel', config: './rclone.conf' },
    // },
    // recipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
    // Devices that have no model yet: their model is the name used here.
    models: {
      olt: {
        // Each command is run by itself. The last line of its output must be exactly the text of `end`.
        commands: ['show running-config'],
        end: 'end',
        // Beginnings of lines that change by themselves. Default: none.
        noise: ['! Last change'],
        // Texts after which the rest of a line is secret, besides the usual ones. Default: none.
        secrets: ['line auth '],
      },
    },
  },

  // What may be done to devices with a problem (docs/healing.md). Default: no rules; then nothing is ever done.
  // healing: {
  //   rules: [
  //     {
  //       name: 'tower-power',
  //       // One of state: 'down', wan: 'lost', warn: 'temperatureC' (a limit of health.warn). forMinutes: 5 by default; tags: all devices without.
  //       when: { state: 'down', forMinutes: 5, tags: ['north-tower'] },
  //       // 'dryRun' only notes what it would do, 'ask' waits for a person, 'auto' acts. Default: 'dryRun'.
  //       mode: 'dryRun',
  //       // One of poeCycle: { via, port }, wake: { via, mac }, bounce: 'lte1', renewDhcp: 'ether1', reboot: true, run: ['…']; the last four with
  //       // via: 'self' (default), 'parent' or the name of another device.
  //       action: { poeCycle: { via: 'edge-1', port: 'ether3' } },
  //       // It worked if the device stays good for goodForMinutes, all within withinMinutes of the last command. Default: 2 and 10.
  //       worked: { goodForMinutes: 2, withinMinutes: 10 },
  //       credential: 'healer',
  //       // Over rolling windows. Default: these; fleetPerHour: 3, or 1 % of the devices where that is more.
  //       limits: { perDevice: { times: 2, hours: 6 }, fleetPerHour: 3, atOnce: 1 },
  //     },
  //   ],
  //   // Users for healing alone, never those that read: with password, or with privateKey and passphrase (SSH).
  //   credentials: { healer: { username: 'healer', password: secret('HEALER_PASSWORD') } },
  // },

  retention: {
    // Usage older than this is deleted. At least 2 more than the longest period of a quota or report: 33 with monthly ones.
    // Default: 14.
    days: 40,
    // Who did what (the command `audit`) is kept for so long. Default: 365.
    auditDays: 365,
  },
});
