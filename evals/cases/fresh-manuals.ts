/**
 * Look-ups in further manuals, written from the manuals alone, before any answer of the reader to them was seen. Paths are those of
 * Debian 12's packages.
 */
import { byDefault, each, fact, list, notStated, relation, type Rest } from "./manual-case.ts";

const KNOT = "knot-doc/usr/share/doc/knot-doc/_sources";
const BORG = "borgbackup-doc/usr/share/doc/borgbackup/html";
const LIGHTTPD = "lighttpd-doc/usr/share/doc/lighttpd";
const NTP = "ntpsec-doc/usr/share/doc/ntpsec-doc/html";
const RSYSLOG = "rsyslog-doc/usr/share/doc/rsyslog-doc/html/_sources";
const M4 = "m4-doc/usr/share/doc/m4";
const PRIVOXY = "privoxy/usr/share/doc/privoxy/user-manual";
const APT = "apt-doc/usr/share/doc/apt-doc/guide.text";
const DIFF = "diffutils-doc/usr/share/doc/diffutils";

export const fresh: readonly Rest[] = [
  byDefault(KNOT, "What is the default of tcp-idle-timeout?", /10/),
  byDefault(KNOT, "Which user does the Knot server run as by default?", /root:root/),
  byDefault(KNOT, "What is the default of udp-max-payload?", /1232/),
  byDefault(KNOT, "On which port does DNS over QUIC listen by default?", /853/),
  byDefault(KNOT, "What is the default journal-db-max-size?", /20 ?Gi?B?/),
  byDefault(KNOT, "What is the default of journal-db-mode?", /robust/),
  fact(KNOT, "What does the async-start option do?", /doesn't wait for the zones to be loaded/),
  fact(KNOT, "What is a pidfile?", /PID file location/i),
  list(KNOT, "Which values can journal-db-mode have?", /robust/, /asynchronous/),
  list(KNOT, "What are the limitations of the XDP TCP stack?", /congestion control/i, /lost packets/i, /zones/i),
  notStated(KNOT, "What is the default of dns-cookie-rotation-interval?"),
  notStated(KNOT, "How many zones may one Knot server hold at most?"),
  byDefault(`${BORG}/usage`, "What is the default checkpoint interval of borg prune?", /1800|30 min/),
  fact(`${BORG}/usage`, "What does the --save-space option of borg prune do?", /work slower, but using less space/),
  fact(`${BORG}/usage`, "What must be run after borg prune to free repository disk space?", /borg compact/),
  fact(`${BORG}/usage`, "What does --keep-within 1m mean?", /31d/),
  fact(
    `${BORG}/_sources/faq.rst.txt`,
    "Which tool keeps a machine on macOS from going to sleep during a backup?",
    /caffeinate/,
  ),
  fact(`${BORG}/_sources/faq.rst.txt`, "Why was Borg forked from Attic?", /difficulty of getting new code/),
  fact(`${BORG}/_sources/faq.rst.txt`, "When was Borg created?", /May 2015/),
  fact(`${BORG}/_sources/faq.rst.txt`, "How do I rename a repository?", /simply rename the directory|nothing special/i),
  fact(
    `${BORG}/_sources/faq.rst.txt`,
    "Which directories should be excluded when backing up the root partition?",
    /\/dev, \/proc, \/sys, \/tmp and \/run/,
  ),
  fact(`${BORG}/_sources/faq.rst.txt`, "Is Borg compatible with Attic?", /not compatible/),
  notStated(`${BORG}/_sources/faq.rst.txt`, "How much does commercial support for Borg cost?"),
  byDefault(LIGHTTPD, "What is the default of connection.kbytes-per-second?", /0 \(no limit\)/),
  byDefault(LIGHTTPD, "What is the default of server.max-connections?", /1365/),
  byDefault(LIGHTTPD, "Is dir-listing.hide-dotfiles enabled by default?", /enabled/),
  fact(LIGHTTPD, "What does dir-listing.show-readme do?", /shows README\.txt after the dirlisting/i),
  fact(LIGHTTPD, "What does mod_expire do?", /controls the (?:setting of the )?Expires/i),
  fact(LIGHTTPD, "Which module has subsumed mod_compress?", /mod_deflate/),
  fact(LIGHTTPD, "What is the smallest file that mod_compress compresses?", /larger than 128 Byte/),
  fact(LIGHTTPD, "What does userdir.exclude-user set?", /usernames which may not use/),
  relation(
    LIGHTTPD,
    "What is the difference between CGI programs and FastCGI processes?",
    /communicate to the server over pipes|restarted by the webserver for every request/i,
  ),
  each(
    `${LIGHTTPD}/userdir.txt`,
    "For each option: what is it for?",
    /userdir\.path/,
    /userdir\.exclude-user/,
    /userdir\.include-user/,
    /userdir\.basepath/,
  ),
  notStated(LIGHTTPD, "What is the default of server.http3-max-streams?"),
  byDefault(NTP, "What is the default panic threshold of ntpd?", /1000 ?s/),
  byDefault(NTP, "What is the default step threshold?", /128 ?ms|0\.128/),
  byDefault(NTP, "What is the default location of the symmetric key file?", /\/etc\/ntpsec\/ntp\.keys/),
  byDefault(NTP, "What is the default timeout of ntpq for responses to server queries?", /5000 milliseconds/),
  byDefault(NTP, "How long is the orphan mode delay by default?", /300 ?s|five minutes/),
  fact(NTP, "What does the --jaildir option of ntpd do?", /chroot the server/i),
  fact(NTP, "Which ntpd option allows the first adjustment to be big?", /--panicgate|-g\b/),
  notStated(NTP, "Which TLS library version does ntpviz need?"),
  fact(`${RSYSLOG}/configuration/modules`, "What does the imfile module do?", /convert any standard text file/),
  byDefault(`${RSYSLOG}/configuration/modules`, "What is the default mode of imfile?", /inotify/),
  byDefault(`${RSYSLOG}/configuration/modules`, "What is the default of readTimeout in imfile?", /\b0\b/),
  byDefault(
    `${RSYSLOG}/configuration/modules/omfile.rst.txt`,
    "Which fileCreateMode is used if none is specified?",
    /0644/,
  ),
  fact(M4, "What does dnl stand for?", /Discard to Next Line/),
  byDefault(M4, "What is the default hash table size of m4?", /65537/),
  fact(M4, "What does the len builtin do?", /expands to the length of string/i),
  fact(M4, "With what is the X of a mkstemp template replaced?", /random characters/),
  fact(M4, "What does the --traditional option of m4 do?", /suppress all the extensions/i),
  notStated(M4, "What does the foreach_parallel builtin do?"),
  fact(DIFF, "What does an exit status of 2 of diff mean?", /2 means trouble/),
  fact(DIFF, "What does the cmp command do?", /compares two files/i),
  fact(DIFF, "What does the --text option of diff do?", /treat all files as text/i),
  // Written after the rules that the ones above had led to.
  byDefault(PRIVOXY, "What is the default of listen-address?", /127\.0\.0\.1:8118/),
  byDefault(PRIVOXY, "What is the default of buffer-limit?", /4096/),
  byDefault(PRIVOXY, "What is the default of max-client-connections?", /128/),
  byDefault(PRIVOXY, "What is the default of receive-buffer-size?", /5000/),
  byDefault(PRIVOXY, "What is the default client-tag-lifetime?", /\b60\b/),
  byDefault(PRIVOXY, "What is the default compression-level?", /\b1\b/),
  byDefault(PRIVOXY, "Where does Privoxy log by default?", /\/var\/log\/privoxy/),
  fact(
    PRIVOXY,
    "What does the enable-edit-actions option specify?",
    /whether or not the web-based actions file editor/i,
  ),
  fact(PRIVOXY, "What does keep-alive-timeout specify?", /number of seconds after which an open connection/i),
  fact(PRIVOXY, "What does the trust-info-url option do?", /displayed in the error page/i),
  fact(PRIVOXY, "What is the confdir option for?", /directory where the other configuration files are located/i),
  fact(PRIVOXY, "What does listen-backlog specify?", /connection queue length/i),
  fact(PRIVOXY, "What happens if socket-timeout is unset?", /300 seconds/),
  fact(PRIVOXY, "In which format is the CA key file?", /\.pem/),
  notStated(PRIVOXY, "What is the default of http2-window-size?"),
  notStated(PRIVOXY, "How much memory does Privoxy use for each client?"),
  fact(APT, "What does apt-get upgrade do?", /gently upgrade the whole system/i),
  fact(APT, "Does apt-get understand .deb files?", /does not understand \.deb files/),
  fact(APT, "What does a conflicting dependency mean?", /will not work and may possibly be extremely harmful/),
  fact(APT, "What does dist-upgrade do?", /complete upgrader/),
  fact(APT, "Who wrote the APT User's Guide?", /Jason Gunthorpe/),
  notStated(APT, "How many packages can apt-get install at once at most?"),
];
