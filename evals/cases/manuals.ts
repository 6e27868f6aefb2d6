/**
 * Look-ups in manuals that nobody tuned the reader for, written before it was. Paths are those of Debian 12's packages. The
 * held-out half is for measuring only: no rule of the reader comes from it.
 */
import { fresh } from "./fresh-manuals.ts";
import { byDefault, each, fact, list, notStated, relation, type ManualCase, type Rest } from "./manual-case.ts";

const GIT = "git-doc/usr/share/doc/git-doc";
const POLICY = "debian-policy/usr/share/doc/debian-policy/policy.html";
const SQLITE = "sqlite3-doc/usr/share/doc/sqlite3";
const PAM = "libpam-doc/usr/share/doc/libpam-doc/txt";
const VIM = "vim-doc/usr/share/doc/vim/html";
const DEVELOPERS = "developers-reference/usr/share/developers-reference/_sources";
const BASH = "bash-doc/usr/share/doc/bash";
const POSTFIX = "postfix-doc/usr/share/doc/postfix/html";
const HAPROXY = "haproxy-doc/usr/share/doc/haproxy/html";
const PYTHON = "python3.11-doc/usr/share/doc/python3.11/html/library";
const POSTGRES = "postgresql-doc-15/usr/share/doc/postgresql-doc-15/html";
const EXIM = "exim4-doc-html/usr/share/doc/exim4-doc-html/spec_html";
const REFERENCE = "debian-reference-en/usr/share/debian-reference";

const development: readonly Rest[] = [
  byDefault(GIT, "After how long does git gc prune loose objects by default?", /2 weeks ago/),
  byDefault(GIT, "What is the default value of gc.auto?", /6700/),
  byDefault(GIT, "What is the default of http.postBuffer?", /1 ?MiB/),
  fact(GIT, "Which hook is invoked by git commit before the proposed commit log message is obtained?", /pre-commit/),
  fact(GIT, "What does the --depth option of git clone do?", /shallow clone.*truncated to the specified number/i),
  fact(GIT, "With which exit code does a script tell git bisect run to skip a commit?", /\b125\b/),
  fact(GIT, "What does `git stash pop` do?", /remove a single stashed state.*apply/i),
  relation(
    GIT,
    "What is the difference between annotated and lightweight tags?",
    /annotated tags are meant for release/i,
  ),
  list(GIT, "List all options of git mv.", /force/, /-k/, /dry-run/, /verbose/),
  each(
    "git-doc/usr/share/doc/git-doc/githooks.txt",
    "For each hook: when is it invoked?",
    /pre-commit/,
    /commit-msg/,
    /post-merge/,
    /pre-receive/,
    /post-receive/,
    /sendemail-validate/,
    /fsmonitor-watchman/,
    /p4-changelist/,
  ),
  notStated(GIT, "What is the default upload timeout of git lfs?"),
  notStated(GIT, "What does the option core.parallelCheckoutThreads do?"),
  notStated(GIT, "How many branches can a repository hold at most?"),
  fact(POLICY, "How long may the single line synopsis of a package description be?", /under 80 characters/),
  fact(POLICY, "Which mode should setuid executables have?", /4755/),
  fact(POLICY, "Which UIDs are for dynamically allocated system users?", /100.?999/),
  fact(POLICY, "What does the clean target of debian/rules do?", /undo any effects/i),
  fact(
    POLICY,
    "Where must the copyright information of a package be installed?",
    /\/usr\/share\/doc\/.?package.?\/copyright/i,
  ),
  fact(POLICY, "What are packages of priority `important`?", /find on any Unix-like system/i),
  relation(
    POLICY,
    "How does Pre-Depends differ from Depends?",
    /forces dpkg to complete installation|does not permit circular dependencies/i,
  ),
  list(POLICY, "Which archive areas are there?", /main/, /contrib/, /non-free/),
  fact(
    POLICY,
    "What must a maintainer script do to restart a service instead of calling the init script directly?",
    /invoke-rc\.d/,
  ),
  notStated(POLICY, "What is the maximum size of a .deb file?"),
  notStated(POLICY, "On which date was Debian 12 released?"),
  notStated(POLICY, "Which container registry hosts the official Debian images?"),
  byDefault(SQLITE, "What is the default page size?", /4096/),
  byDefault(SQLITE, "What is the default cache size of PRAGMA cache_size?", /-2000/),
  byDefault(SQLITE, "What is the default maximum number of columns in a table?", /\b2000\b/),
  byDefault(SQLITE, "After how many pages does an automatic checkpoint run by default in WAL mode?", /\b1000\b/),
  fact(
    SQLITE,
    "What does the SQLITE_BUSY result code mean?",
    /could not be written.*because of concurrent activity|indicates a conflict with a separate/i,
  ),
  list(SQLITE, "Which values can PRAGMA journal_mode have?", /DELETE/, /TRUNCATE/, /PERSIST/, /MEMORY/, /WAL/, /OFF/),
  fact(SQLITE, "Which SQL function returns the rowid of the most recent insert?", /last_insert_rowid/),
  notStated(SQLITE, "On which TCP port does the SQLite server listen?"),
  notStated(SQLITE, "What is the default value of PRAGMA replica_lag_limit?"),
  byDefault(PAM, "What is the default minlen of pam_unix?", /default value is 6/),
  notStated(PAM, "What is the default unlock_time of pam_faillock?"),
  fact(
    PAM,
    "What does the nullok argument of pam_unix do?",
    /permit.*access.*(?:blank|empty)|overrides? this default|blank/i,
  ),
  fact(PAM, "Where is the configuration of pam_limits read from by default?", /\/etc\/security\/limits\.conf/),
  list(PAM, "List the module types of PAM.", /account/, /auth/, /password/, /session/),
  notStated(PAM, "How does the pam_fingerprint_cloud module store fingerprints?"),
  byDefault(VIM, "What is the default of the 'updatetime' option?", /4000/),
  byDefault(VIM, "What is the default of the 'history' option?", /Vim default: 50|\b50\b/),
  fact(VIM, "What does the 'hidden' option do?", /hidden when it is .?abandon|becomes hidden/i),
  notStated(VIM, "What is the default of the 'treesitterhl' option?"),
];

const heldOut: readonly Rest[] = [
  fact(
    DEVELOPERS,
    "What delay is recommended for an NMU that fixes only release-critical bugs older than seven days?",
    /2 days/,
  ),
  fact(DEVELOPERS, "What does MIA stand for?", /missing in action/i),
  fact(DEVELOPERS, "To which address are requests to remove a package from unstable made?", /ftp\.debian\.org/),
  notStated(DEVELOPERS, "How much does Debian pay its developers per year?"),
  byDefault(BASH, "What is the default value of HISTSIZE?", /\b500\b/),
  fact(BASH, "What is the exit status if a command is not found?", /\b127\b/),
  fact(BASH, "What does the globstar shell option do?", /match all files and zero or more directories/i),
  fact(BASH, "Which builtin removes each name from the list of defined aliases?", /unalias/),
  relation(
    BASH,
    "What is the difference between $* and $@ in double quotes?",
    /expands to (?:a single word|"\$1c\$2c)|separate word/i,
  ),
  list(
    BASH,
    "List the restrictions of a restricted shell.",
    /changing directories with/i,
    /SHELL/,
    /containing slashes/i,
  ),
  notStated(BASH, "How do I enable the async completion daemon in bash?"),
  byDefault(POSTFIX, "What is the default of message_size_limit?", /10240000/),
  byDefault(
    POSTFIX,
    "How long is a message kept in the queue by default before it is returned as undeliverable?",
    /\b5 ?d/,
  ),
  byDefault(POSTFIX, "What is the default value of default_process_limit?", /\b100\b/),
  fact(POSTFIX, "Which command rebuilds the local aliases database?", /newaliases|postalias/),
  each(
    "postfix-doc/usr/share/doc/postfix/html/qmgr.8.html",
    "For each mail queue: what is it for?",
    /incoming/,
    /active/,
    /deferred/,
    /corrupt/,
    /hold/,
  ),
  notStated(POSTFIX, "What is the default value of smtpd_quic_idle_timeout?"),
  byDefault(HAPROXY, "What is the default number of retries after a failed connection?", /\b3\b/),
  byDefault(HAPROXY, "In which unit are timeouts expressed by default?", /milliseconds/i),
  fact(HAPROXY, "What does the balance algorithm `leastconn` do?", /lowest number of connections/i),
  list(HAPROXY, "Which modes can a proxy have (the values of mode)?", /tcp/i, /http/i),
  notStated(HAPROXY, "Which graphical installer ships with HAProxy for Windows?"),
  byDefault(PYTHON, "What is the default maxsize of functools.lru_cache?", /\b128\b/),
  fact(
    PYTHON,
    "Which exception does subprocess.run raise if check is true and the exit code is non-zero?",
    /CalledProcessError/,
  ),
  fact(PYTHON, "How does round() treat values that are equally close to two multiples?", /even choice/i),
  byDefault(
    PYTHON,
    "What is the default start of enumerate()?",
    /start.{0,12}0|from start which defaults to 0|defaults to 0/,
  ),
  fact(PYTHON, "What does os.path.isabs return?", /True if path is an absolute pathname/i),
  notStated(PYTHON, "What does the function itertools.windowed_max return?"),
  notStated(PYTHON, "Which licence fee applies to commercial use of tkinter?"),
  byDefault(POSTGRES, "What is the default of shared_buffers?", /128 ?(?:megabytes|MB)/i),
  byDefault(POSTGRES, "What is the default of work_mem?", /four megabytes|4 ?MB/i),
  byDefault(POSTGRES, "How long is deadlock_timeout by default?", /one second|1s/i),
  byDefault(POSTGRES, "What is the default transaction isolation level?", /read committed/i),
  fact(POSTGRES, "What is the maximum length of an identifier?", /\b63\b/),
  list(
    POSTGRES,
    "List the transaction isolation levels of the SQL standard.",
    /serializable/i,
    /repeatable read/i,
    /read committed/i,
    /read uncommitted/i,
  ),
  relation(POSTGRES, "How does VACUUM FULL differ from plain VACUUM?", /exclusive lock|more (?:disk )?space/i),
  notStated(POSTGRES, "What is the default of shard_replication_factor?"),
  byDefault(EXIM, "What is the default of remote_max_parallel?", /\b4\b/),
  byDefault(EXIM, "What is the default of message_size_limit?", /50M/),
  fact(EXIM, "What does the -bt option do?", /address test(?:ing)? mode/i),
  notStated(EXIM, "Which GraphQL endpoint does Exim offer?"),
  fact(REFERENCE, "Which command lists the packages that provide a given file?", /apt-file|dpkg -S/),
  fact(REFERENCE, "What is the numeric permission mode of a directory with the sticky bit such as /tmp?", /1777/),
  notStated(REFERENCE, "What is the monthly price of Debian support?"),
];

export const manualCases: readonly ManualCase[] = [
  ...development.map((one): ManualCase => ({ half: "development", ...one })),
  ...heldOut.map((one): ManualCase => ({ half: "held out", ...one })),
  ...fresh.map((one): ManualCase => ({ half: "fresh", ...one })),
];
