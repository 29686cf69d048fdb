#!/bin/sh
# Installs, updates or repairs the Chatcode gateway on this machine. Running it again is fine.
#
#   Linux (Debian, Ubuntu), as root: a user of its own, two systemd services, a daily update.
#   macOS, as yourself, never as root: files in your home, a launchd agent.
#
# What it does is in main(), at the end; `--dry-run` prints every step and takes none, and
# `--write-files DIR` writes every file that it would install to DIR. cleanup.sh takes all of it away.
# Nothing is downloaded but from the release's address (and, on Linux, packages by apt and npm).

set -eu

# Releases are signed with this key; filled in when a release is made. A copy without it can only
# install with --release-key or --binary-source.
RELEASE_KEY='@RELEASE_KEY@'
RELEASE_KEY_SSH='@RELEASE_KEY_SSH@'
RELEASE_URL='@RELEASE_URL@'

EXIT_USAGE=2 EXIT_UNSUPPORTED=3 EXIT_WRONG_USER=4 EXIT_NETWORK=5 EXIT_UNVERIFIED=6
EXIT_DISK=7 EXIT_REFUSED=8 EXIT_USER_EXISTS=9 EXIT_BUSY=10 EXIT_NOT_ACCEPTED=11 EXIT_PACKAGES=12

NEED_LIB_KB=600000  # two versions of the program, packed and unpacked
NEED_TMP_KB=250000  # the download, and its unpacking to look whether it starts
ACCEPT_SECONDS=75   # for the relay to accept the gateway, before the previous one comes back

usage() {
  cat <<'USAGE'
Usage: install.sh [flags]

  --gateway-id ID            which machine this is, as the relay's page shows it
  --cp-url URL               the relay, https://...
  --token-file FILE          its token; - reads standard input
  --gateway-auth-token T     the token itself; prefer --token-file, since others can read command lines
  --version vX.Y.Z|latest    which release; default latest
  --release-url URL          where releases are
  --release-key FILE         the public key they are signed with (PEM), instead of the one in here
  --binary-source FILE       this program instead of a release's
  --user NAME                Linux: the user that sessions run as; default vibe
  --existing-user            Linux: use that user although this installer did not make it
  --no-agents                do not install Claude Code and Codex
  --passwordless-sudo        macOS: let your sessions use sudo without a password
  --dry-run                  print every step, take none
  --write-files DIR          write the files it would install to DIR, and do nothing else
  --help

Exit status: 0 done, 2 wrong flags, 3 system not supported, 4 wrong user, 5 network, 6 release not
genuine, 7 disk full, 8 token refused, 9 the user exists already, 10 already running, 11 the relay has
not accepted the gateway, 12 packages cannot be installed, 1 anything else.
USAGE
}

# ---------------------------------------------------------------- telling and doing

say() { echo "$*"; }
warn() { echo "WARNING: $*" >&2; }

die() { # STATUS MESSAGE
  echo "install.sh: $2" >&2
  exit "$1"
}

# Runs a step, or prints it.
act() {
  if [ "$dry_run" = yes ]; then
    echo "would run: $*"
  else
    "$@"
  fi
}

# Replaces a file by standard input in one step: MODE OWNER PATH
put() {
  if [ -n "$write_files" ]; then
    mkdir -p "$write_files${3%/*}"
    cat >"$write_files$3"
    return
  fi
  if [ "$dry_run" = yes ]; then
    echo "would write: $3 (mode $1, owner $2)"
    cat >/dev/null
    return
  fi
  put_draft="$3.chatcode-new"
  (umask 077 && cat >"$put_draft")
  chmod "$1" "$put_draft"
  [ "$os" = darwin ] || chown "$2" "$put_draft"
  mv -f "$put_draft" "$3"
}

have() { command -v "$1" >/dev/null 2>&1; }

# ---------------------------------------------------------------- what was asked for

parse_flags() {
  gateway_id='' cp_url='' token='' token_file='' version=latest release_url='' release_key=''
  binary_source='' user=vibe existing_user=no agents=yes passwordless_sudo=no dry_run=no write_files=''
  while [ $# -gt 0 ]; do
    flag=$1
    case $flag in
      --*=*)
        flag_value=${flag#*=}
        flag=${flag%%=*}
        shift
        set -- "$flag" "$flag_value" "$@"
        ;;
    esac
    case $flag in
      --existing-user) existing_user=yes ;;
      --no-agents) agents=no ;;
      --passwordless-sudo) passwordless_sudo=yes ;;
      --dry-run) dry_run=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      --gateway-id | --cp-url | --token-file | --gateway-auth-token | --version | --release-url | \
        --release-key | --binary-source | --user | --write-files)
        if [ $# -lt 2 ] || [ -z "$2" ]; then die $EXIT_USAGE "Flag $flag needs a value"; fi
        case $flag in
          --gateway-id) gateway_id=$2 ;;
          --cp-url) cp_url=$2 ;;
          --token-file) token_file=$2 ;;
          --gateway-auth-token) token=$2 ;;
          --version) version=$2 ;;
          --release-url) release_url=$2 ;;
          --release-key) release_key=$2 ;;
          --binary-source) binary_source=$2 ;;
          --user) user=$2 ;;
          --write-files) write_files=$2 ;;
        esac
        shift
        ;;
      *) die $EXIT_USAGE "\"$flag\" is no flag: see --help" ;;
    esac
    shift
  done
}

# Settings of an earlier install stand in for flags that were not given.
known_setting() { # NAME
  [ -r "$settings/gateway.env" ] || return 0
  sed -n "s/^CHATCODE_$1=//p" "$settings/gateway.env" | tail -n 1
}

complete_settings() {
  if [ -z "$token" ] && [ -n "$token_file" ]; then
    if [ "$token_file" = - ]; then
      token=$(head -n 1)
    elif [ -r "$token_file" ]; then
      token=$(head -n 1 "$token_file")
    else
      die $EXIT_USAGE "Cannot read the token file $token_file"
    fi
  fi
  [ -n "$gateway_id" ] || gateway_id=$(known_setting GATEWAY_ID)
  [ -n "$cp_url" ] || cp_url=$(known_setting CP_URL)
  [ -n "$token" ] || token=${CHATCODE_GATEWAY_AUTH_TOKEN:-}
  [ -n "$token" ] || token=$(known_setting GATEWAY_AUTH_TOKEN)
  [ -n "$release_url" ] || release_url=$(known_setting RELEASE_URL)
  [ -n "$release_url" ] || case $RELEASE_URL in @*) ;; *) release_url=$RELEASE_URL ;; esac
  if [ -n "$write_files" ]; then
    : "${gateway_id:=example}" "${cp_url:=https://relay.example}" "${token:=example-token}"
    : "${release_url:=https://releases.example}"
  fi
  [ -n "$gateway_id" ] || die $EXIT_USAGE "Which machine is this? Pass --gateway-id"
  [ -n "$cp_url" ] || die $EXIT_USAGE "Which relay? Pass --cp-url"
  [ -n "$token" ] || die $EXIT_USAGE "No token: pass --token-file, or - to read it from standard input"
  case $gateway_id in *[!A-Za-z0-9_-]*) die $EXIT_USAGE "--gateway-id is not valid" ;; esac
  case $token in *[!!-~]*) die $EXIT_USAGE "The token is not valid: it has a space or control character" ;; esac
  case $user in '' | *[!a-z0-9_-]* | [!a-z_]*) die $EXIT_USAGE "--user is not valid: \"$user\"" ;; esac
  case $version in
    latest | v[0-9]*.[0-9]*.[0-9]* | [0-9]*.[0-9]*.[0-9]*) ;;
    *) die $EXIT_USAGE "--version is not valid: want vX.Y.Z or latest" ;;
  esac
  case $version in *[!0-9A-Za-z.-]*) die $EXIT_USAGE "--version is not valid: want vX.Y.Z or latest" ;; esac
  safe_url "$cp_url" --cp-url
  release_url=${release_url%/}
  if [ -z "$binary_source" ]; then
    [ -n "$release_url" ] || die $EXIT_USAGE "Where are the releases? Pass --release-url"
    safe_url "$release_url" --release-url
  fi
}

# The token travels to one, a program to be run comes from the other.
safe_url() { # URL FLAG
  case $1 in
    *[!A-Za-z0-9.:/_~%?=\&+@-]*) die $EXIT_USAGE "$2 is not valid: \"$1\"" ;;
    https://?*) ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]*) ;;
    *) die $EXIT_USAGE "$2 must begin with https:// (plain http only to this very machine)" ;;
  esac
}

# ---------------------------------------------------------------- where we are

look_around() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) die $EXIT_UNSUPPORTED "This system, $(uname -s), is not supported: Linux and macOS are" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) die $EXIT_UNSUPPORTED "This processor, $(uname -m), is not supported: x86-64 and arm64 are" ;;
  esac
  asset="chatcode-gateway-$os-$arch"
  if [ "$os" = linux ]; then
    home=/home/$user
    group=$user
    prefix=/usr/local
    settings=/etc/chatcode
    state=/var/lib/chatcode
  else
    home=$HOME
    prefix=$HOME/.local
    settings=$HOME/.config/chatcode
    state="$HOME/Library/Application Support/chatcode"
  fi
  binary=$prefix/bin/chatcode-gateway
  lib=$prefix/lib/chatcode-gateway
}

check_system() {
  if [ "$os" = darwin ]; then
    [ "$(id -u)" != 0 ] || die $EXIT_WRONG_USER "Run this as yourself, without sudo: on macOS nothing is installed for all users"
    have brew || die $EXIT_UNSUPPORTED "Homebrew is missing: install it from https://brew.sh, then run this again"
    return
  fi
  have apt-get || die $EXIT_UNSUPPORTED "This Linux is not supported: there is no apt-get. Debian and Ubuntu are"
  [ "$dry_run" = no ] || return 0
  [ "$(id -u)" = 0 ] || die $EXIT_WRONG_USER "Run this as root: put sudo before sh"
  [ -d /run/systemd/system ] || die $EXIT_UNSUPPORTED "This machine does not run systemd"
}

check_user() {
  [ "$os" = linux ] || return 0
  if id "$user" >/dev/null 2>&1; then
    home=$(eval "echo ~$user")
    group=$(id -gn "$user")
    [ "$(id -u "$user")" != 0 ] || die $EXIT_USAGE "--user must not be root"
    [ -f "$settings/user" ] && [ "$(cat "$settings/user")" = "$user" ] && return
    [ "$existing_user" = yes ] && return
    die $EXIT_USER_EXISTS "A user \"$user\" exists already and this installer did not make it. Pass --user NAME for another name, or --existing-user to let sessions run as that one (it will get sudo without a password)"
  fi
  [ ! -e "$home" ] || [ "$existing_user" = yes ] ||
    die $EXIT_USER_EXISTS "$home exists although there is no user \"$user\". Move it away, pass --user NAME, or pass --existing-user to take it over"
}

check_disk() {
  [ "$dry_run" = no ] || return 0
  enough_space "$prefix" "$NEED_LIB_KB"
  enough_space "${TMPDIR:-/tmp}" "$NEED_TMP_KB"
}

enough_space() { # PATH KB
  space_at=$1
  while [ ! -d "$space_at" ]; do space_at=${space_at%/*}; done
  space_kb=$(df -Pk "${space_at:-/}" | awk 'NR == 2 { print $4 }')
  [ "${space_kb:-0}" -ge "$2" ] ||
    die $EXIT_DISK "Not enough room on the disk of $1: $((space_kb / 1000)) MB are free, $(($2 / 1000)) MB are needed"
}

# One installer at a time; the lock of one that died is taken over.
take_lock() {
  [ "$dry_run" = no ] || return 0
  lock=${TMPDIR:-/tmp}/chatcode-install.lock
  [ "$os" = darwin ] || lock=/run/chatcode-install.lock
  if ! mkdir "$lock" 2>/dev/null; then
    lock_pid=$(cat "$lock/pid" 2>/dev/null || echo 0)
    if [ "$lock_pid" != 0 ] && kill -0 "$lock_pid" 2>/dev/null; then
      lock=''
      die $EXIT_BUSY "Another install runs already, as process $lock_pid"
    fi
    rm -rf "$lock"
    mkdir "$lock" || die 1 "Cannot make $lock"
  fi
  echo $$ >"$lock/pid"
}

forget_drafts() {
  if [ -n "${tmp:-}" ]; then rm -rf "$tmp"; fi
  if [ -n "${lock:-}" ]; then rm -rf "$lock"; fi
  tmp='' lock=''
}

# ---------------------------------------------------------------- the release

fetch() { # URL FILE
  if have curl; then
    curl -fsSL --proto '=https,http' --connect-timeout 20 --retry 2 -o "$2" "$1"
  elif have wget; then
    wget -q -T 20 -O "$2" "$1"
  else
    die $EXIT_PACKAGES "Neither curl nor wget is here: install curl, then run this again"
  fi
}

fetch_or_die() { # FILE
  if fetch "$base/$1" "$tmp/$1"; then return; fi
  left_kb=$(df -Pk "$tmp" | awk 'NR == 2 { print $4 }')
  [ "${left_kb:-1}" -gt 1000 ] || die $EXIT_DISK "The disk of $tmp is full"
  die $EXIT_NETWORK "Cannot download $base/$1. Nothing was changed. Is the address right, and the network up?"
}

sha256_of() { # FILE
  if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

expected_sum() { # FILE
  awk -v file="$1" '$2 == file { print $1 }' "$tmp/SHA256SUMS"
}

expect_sum() { # FILE
  expected=$(expected_sum "$1")
  [ "$(sha256_of "$tmp/$1")" = "$expected" ] ||
    die $EXIT_UNVERIFIED "$base/$1 does not match its signed checksum: it was cut off on the way, or changed. Nothing was changed here"
}

# By openssl where it knows Ed25519 (not macOS's own), else by ssh-keygen, which macOS has.
check_signature() {
  if [ -n "$release_key" ]; then
    [ -r "$release_key" ] || die $EXIT_USAGE "Cannot read the key file $release_key"
    cp "$release_key" "$tmp/release.pub"
    RELEASE_KEY_SSH=''
  else
    case $RELEASE_KEY in @*) die $EXIT_USAGE "This copy of install.sh has no release key in it: take the one from a release, or pass --release-key" ;; esac
    printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$RELEASE_KEY" >"$tmp/release.pub"
  fi
  if have openssl && openssl pkey -pubin -in "$tmp/release.pub" -noout 2>/dev/null &&
    openssl pkeyutl -help 2>&1 | grep -q rawin; then
    openssl pkeyutl -verify -pubin -inkey "$tmp/release.pub" -rawin -in "$tmp/SHA256SUMS" \
      -sigfile "$tmp/SHA256SUMS.sig" >/dev/null 2>&1 && return
  elif have ssh-keygen && [ -n "$RELEASE_KEY_SSH" ]; then
    echo "release $RELEASE_KEY_SSH" >"$tmp/signers"
    fetch_or_die SHA256SUMS.sshsig
    ssh-keygen -Y verify -f "$tmp/signers" -I release -n chatcode-release -s "$tmp/SHA256SUMS.sshsig" \
      <"$tmp/SHA256SUMS" >/dev/null 2>&1 && return
  else
    die $EXIT_UNVERIFIED "Cannot check the release's signature: install openssl 1.1.1 or newer, then run this again. Nothing was changed"
  fi
  die $EXIT_UNVERIFIED "The checksum list of $base is not signed by our key. Nothing was changed"
}

# Leaves the verified program at $tmp/$asset.
get_binary() {
  if [ -n "$binary_source" ]; then
    [ -r "$binary_source" ] || die $EXIT_USAGE "Cannot read $binary_source"
    say "Using $binary_source; nobody vouches for it but you"
    act cp "$binary_source" "$tmp/$asset"
    if [ -n "$release_key" ]; then act cp "$release_key" "$tmp/release.pub"; fi
    return
  fi
  if [ "$version" = latest ]; then
    base=$release_url/latest/download
  else
    base=$release_url/download/v${version#v}
  fi
  if [ "$dry_run" = yes ]; then
    echo "would download: $base/{SHA256SUMS,SHA256SUMS.sig,VERSION,$asset}"
    echo "would verify: the signature of SHA256SUMS, then every file's SHA-256"
    return
  fi
  say "Downloading $asset ($version) from $release_url"
  fetch_or_die SHA256SUMS
  fetch_or_die SHA256SUMS.sig
  check_signature
  fetch_or_die VERSION
  expect_sum VERSION
  released=$(head -n 1 "$tmp/VERSION")
  case $version in
    latest | "$released" | "v$released") ;;
    *) die $EXIT_UNVERIFIED "$base is not $version: it says $released. Nothing was changed" ;;
  esac
  [ -n "$(expected_sum "$asset")" ] || die $EXIT_UNSUPPORTED "Release $released has no $asset: it is not for this machine. Nothing was changed"
  fetch_or_die "$asset"
  expect_sum "$asset"
}

# That it starts here is known before anything is changed.
try_binary() {
  [ "$dry_run" = no ] || return 0
  chmod 755 "$tmp/$asset"
  said=$(XDG_CACHE_HOME="$tmp/cache" "$tmp/$asset" version 2>"$tmp/said") ||
    die $EXIT_UNSUPPORTED "The program does not start here: $(tail -n 2 "$tmp/said"). Nothing was changed"
  rm -rf "$tmp/cache"
  say "Verified: $said"
}

# The relay is asked before anything is changed; the token goes by standard input, not by arguments.
try_token() {
  [ "$dry_run" = no ] && have curl || return 0
  knock=$(printf 'header = "Authorization: Bearer %s"\nheader = "X-Chatcode-Gateway: %s"\n' "$token" "$gateway_id" |
    curl -s -o /dev/null -w '%{http_code}' --http1.1 --connect-timeout 15 --max-time 3 -K - \
      -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
      -H 'Sec-WebSocket-Key: Y2hhdGNvZGUtaW5zdGFsbA==' "${cp_url%/}/gw/connect") || true
  case $knock in
    101) ;;
    401 | 403) die $EXIT_REFUSED "The relay refuses the token of \"$gateway_id\". Nothing was changed. Rotate it on the machines page, and use the new one" ;;
    000) die $EXIT_NETWORK "The relay $cp_url cannot be reached. Nothing was changed" ;;
    *) warn "The relay answers $knock to a try of the token; going on" ;;
  esac
}

# ---------------------------------------------------------------- Linux

linux_packages() {
  missing=''
  for pair in tmux:tmux git:git rg:ripgrep bwrap:bubblewrap curl:curl sudo:sudo visudo:sudo \
    logrotate:logrotate chattr:e2fsprogs; do
    PATH=$PATH:/usr/sbin:/sbin
    have "${pair%%:*}" || case " $missing " in *" ${pair#*:} "*) ;; *) missing="$missing ${pair#*:}" ;; esac
  done
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
  [ -n "$missing" ] || return 0
  say "Installing packages:$missing"
  note_packages "$missing"
  apt_install "$missing" || die $EXIT_PACKAGES "apt-get cannot install$missing: see above. Run this again when it can"
}

# For cleanup.sh, which leaves them and names them.
note_packages() { # PACKAGES
  [ "$dry_run" = no ] || return 0
  mkdir -p "$settings"
  # shellcheck disable=SC2086 # one word each
  printf '%s\n' $1 >>"$settings/packages"
}

apt_install() { # PACKAGES
  apt_list=$1
  act env DEBIAN_FRONTEND=noninteractive apt-get update -q >"$tmp/apt.log" 2>&1 || { tail -n 5 "$tmp/apt.log" >&2; return 1; }
  if [ "$dry_run" = yes ]; then cat "$tmp/apt.log"; fi
  # shellcheck disable=SC2086 # one word each
  act env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $apt_list >"$tmp/apt.log" 2>&1 ||
    { tail -n 5 "$tmp/apt.log" >&2; return 1; }
  if [ "$dry_run" = yes ]; then cat "$tmp/apt.log"; fi
}

linux_user() {
  act mkdir -p "$settings"
  act chmod 755 "$settings"
  if ! id "$user" >/dev/null 2>&1; then
    say "Making the user $user"
    # Written first: a user that a killed install has made is known to be ours.
    echo "$user" | put 644 root:root "$settings/user"
    act useradd --create-home --home-dir "$home" --shell /bin/bash --user-group "$user"
    act chmod 750 "$home"
  fi
  act mkdir -p "$home/workspace"
  act chown "$user:" "$home/workspace"
}

linux_sudo() {
  act mkdir -p /var/log/chatcode
  act chown "root:$group" /var/log/chatcode
  act chmod 750 /var/log/chatcode
  if [ "$dry_run" = no ] && [ ! -f /var/log/chatcode/sudo-vibe.log ]; then : >/var/log/chatcode/sudo-vibe.log; fi
  if [ "$dry_run" = no ] && ! lsattr /var/log/chatcode/sudo-vibe.log 2>/dev/null | grep -q '^[^ ]*a'; then
    chown "root:$group" /var/log/chatcode/sudo-vibe.log
    chmod 640 /var/log/chatcode/sudo-vibe.log
  fi
  act chattr +a /var/log/chatcode/sudo-vibe.log 2>/dev/null ||
    warn "The file system of /var/log knows no append-only files: the sudo log is protected by its owner alone"
  linux_logrotate | put 644 root:root /etc/logrotate.d/chatcode
  linux_sudoers >"$tmp/sudoers"
  if [ "$dry_run" = no ]; then
    visudo -cqf "$tmp/sudoers" || die 1 "The sudoers file is not valid: not installed"
  fi
  put 440 root:root /etc/sudoers.d/chatcode <"$tmp/sudoers"
}

linux_sudoers() {
  cat <<FILE
# Written by Chatcode's install.sh. Sessions run as $user and may do anything; every command is logged.
Defaults:$user use_pty
Defaults:$user logfile=/var/log/chatcode/sudo-vibe.log
Defaults:$user log_year, loglinelen=0
$user ALL=(ALL:ALL) NOPASSWD: ALL
FILE
}

# An append-only file can be neither renamed nor made anew: the mark goes for the moment of rotation.
linux_logrotate() {
  cat <<FILE
# Written by Chatcode's install.sh.
/var/log/chatcode/sudo-vibe.log {
    daily
    rotate 14
    maxage 14
    missingok
    create 0640 root $group
    compress
    delaycompress
    prerotate
        chattr -a /var/log/chatcode/sudo-vibe.log 2>/dev/null || true
    endscript
    postrotate
        chattr +a /var/log/chatcode/sudo-vibe.log 2>/dev/null || true
    endscript
}
FILE
}

linux_env_file() {
  cat <<FILE
# Written by Chatcode's install.sh; root alone may read it. systemd hands it to the gateway as its
# standard input, so that the token is in nobody's environment.
CHATCODE_GATEWAY_ID=$gateway_id
CHATCODE_GATEWAY_AUTH_TOKEN=$token
CHATCODE_CP_URL=$cp_url
CHATCODE_WORKSPACE=$home/workspace
CHATCODE_STATE_DIR=$state
CHATCODE_TMUX_SOCKET=chatcode
CHATCODE_TMUX_SERVER=service
CHATCODE_AGENT_USER=$user
CHATCODE_RELEASE_URL=$release_url
FILE
}

linux_tmux_unit() {
  cat <<FILE
# Written by Chatcode's install.sh. Sessions live in here, whatever happens to the gateway.
[Unit]
Description=Chatcode's tmux server: the sessions

[Service]
User=$user
Group=$group
WorkingDirectory=$home
Environment=HOME=$home USER=$user LOGNAME=$user SHELL=/bin/bash
Environment=PATH=$home/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
Environment=LANG=C.UTF-8 TERM=xterm-256color COLORTERM=truecolor
Environment=TMUX_TMPDIR=/run/chatcode-tmux
RuntimeDirectory=chatcode-tmux
RuntimeDirectoryMode=0700
ExecStart=/usr/bin/tmux -u -D -L chatcode -f /dev/null
Restart=always
RestartSec=1
# One agent that takes all the memory must not end the others.
OOMPolicy=continue
TasksMax=infinity
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
FILE
}

linux_gateway_unit() {
  cat <<FILE
# Written by Chatcode's install.sh.
[Unit]
Description=Chatcode gateway: connects this machine's sessions to the relay
Wants=network-online.target chatcode-tmux.service
After=network-online.target chatcode-tmux.service
StartLimitIntervalSec=0

[Service]
# Ready when the relay has accepted it; a start that takes longer is tried anew.
Type=notify
NotifyAccess=main
TimeoutStartSec=180
User=$user
Group=$group
WorkingDirectory=$home
StandardInput=file:$settings/gateway.env
StandardOutput=journal
StandardError=journal
ExecStart=$binary run --env-file -
Environment=HOME=$home USER=$user LOGNAME=$user SHELL=/bin/bash LANG=C.UTF-8
Environment=PATH=$home/.local/bin:/usr/local/bin:/usr/bin:/bin
Environment=TMUX_TMPDIR=/run/chatcode-tmux
StateDirectory=chatcode
StateDirectoryMode=0700
Restart=always
RestartSec=3
# Wrong settings, a refused token, no common protocol, another gateway with this id: only you can mend.
RestartPreventExitStatus=2 4 7 8
WatchdogSec=20
WatchdogSignal=SIGKILL
TimeoutStopSec=10

# It needs the user's home, the network and little else. Sessions run in a service of their own.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths=$home
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
# @pkey: V8 marks its code pages with memory protection keys.
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0027

[Install]
WantedBy=multi-user.target
FILE
}

linux_maintenance_unit() {
  cat <<FILE
# Written by Chatcode's install.sh.
[Unit]
Description=Chatcode: update the gateway and the agents, while no agent works
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
Environment=HOME=/root
ExecStart=$binary maintain --env-file $settings/gateway.env
Nice=10
IOSchedulingClass=idle
TimeoutStartSec=6h
FILE
}

linux_maintenance_timer() {
  cat <<FILE
# Written by Chatcode's install.sh.
[Unit]
Description=Chatcode: daily update

[Timer]
OnCalendar=daily
RandomizedDelaySec=4h
Persistent=true

[Install]
WantedBy=timers.target
FILE
}

linux_files() {
  units=/etc/systemd/system
  linux_env_file | put 600 root:root "$settings/gateway.env"
  linux_tmux_unit | put 644 root:root $units/chatcode-tmux.service
  linux_gateway_unit | put 644 root:root $units/chatcode-gateway.service
  linux_maintenance_unit | put 644 root:root $units/chatcode-maintenance.service
  linux_maintenance_timer | put 644 root:root $units/chatcode-maintenance.timer
}

linux_start() {
  act systemctl daemon-reload
  act systemctl enable -q --now chatcode-tmux.service
  act systemctl enable -q chatcode-gateway.service
  act systemctl enable -q --now chatcode-maintenance.timer
  [ "$dry_run" = no ] || { act systemctl restart chatcode-gateway.service; return 0; }
  # It returns when the relay has accepted the gateway.
  timeout "$ACCEPT_SECONDS" systemctl restart chatcode-gateway.service
}

linux_why() {
  journalctl -u chatcode-gateway.service -n 200 -o cat --no-pager 2>/dev/null |
    grep -E '"event":"(gateway.failed|uplink.lost)"|chatcode-gateway:' | tail -n 1
}

linux_agents() {
  [ "$agents" = yes ] || return 0
  say "Installing Claude Code and Codex for $user"
  if ! have npm; then
    note_packages "nodejs npm"
    apt_install "nodejs npm" || { warn "Node.js cannot be installed: no agents. Run this again to try again"; return 0; }
  fi
  for package in @anthropic-ai/claude-code @openai/codex; do
    if [ "$dry_run" = yes ]; then
      act runuser -u "$user" -- npm install --global --prefix "$home/.local" "$package"
      continue
    fi
    (cd "$home" && HOME=$home runuser -u "$user" -- npm install --global --prefix "$home/.local" \
      --no-fund --no-audit "$package" >"$tmp/npm.log" 2>&1) ||
      { tail -n 5 "$tmp/npm.log" >&2; warn "$package cannot be installed. Run this again to try again"; }
  done
}

# ---------------------------------------------------------------- macOS

darwin_packages() {
  for pair in tmux:tmux git:git curl:curl rg:ripgrep; do
    have "${pair%%:*}" || act brew install "${pair#*:}" || die $EXIT_PACKAGES "brew cannot install ${pair#*:}"
  done
}

darwin_env_file() {
  cat <<FILE
# Written by Chatcode's install.sh; only you may read it.
CHATCODE_GATEWAY_ID=$gateway_id
CHATCODE_GATEWAY_AUTH_TOKEN=$token
CHATCODE_CP_URL=$cp_url
CHATCODE_WORKSPACE=$home/workspace
CHATCODE_RELEASE_URL=$release_url
FILE
}

# XML of a launchd job: LABEL CALENDAR|KEEP_ALIVE ARGUMENT...
darwin_job() {
  label=$1 kind=$2
  shift 2
  cat <<FILE
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>$label</string>
  <key>ProgramArguments</key>
  <array>
FILE
  for argument; do echo "    <string>$(xml "$argument")</string>"; done
  cat <<FILE
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key><string>$(xml "$prefix/bin"):/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin</string>
    <key>LANG</key><string>en_US.UTF-8</string>
  </dict>
  <key>WorkingDirectory</key><string>$(xml "$home")</string>
  <key>StandardOutPath</key><string>$(xml "$home")/Library/Logs/chatcode-gateway.log</string>
  <key>StandardErrorPath</key><string>$(xml "$home")/Library/Logs/chatcode-gateway.log</string>
FILE
  if [ "$kind" = KEEP_ALIVE ]; then
    cat <<'FILE'
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><true/>
  <key>ThrottleInterval</key><integer>5</integer>
  <key>ProcessType</key><string>Interactive</string>
  <key>AbandonProcessGroup</key><true/>
FILE
  else
    cat <<'FILE'
  <key>StartCalendarInterval</key>
  <dict><key>Hour</key><integer>4</integer><key>Minute</key><integer>17</integer></dict>
  <key>LowPriorityIO</key><true/>
FILE
  fi
  echo '</dict>'
  echo '</plist>'
}

xml() { printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

# A desktop Mac must not fall asleep under its agents; a laptop's lid and battery come first.
darwin_is_desktop() {
  case $(sysctl -n hw.model 2>/dev/null) in
    MacBook*) return 1 ;;
  esac
  ! { pmset -g batt 2>/dev/null | grep -q InternalBattery; }
}

darwin_files() {
  jobs=$home/Library/LaunchAgents
  darwin_env_file | put 600 "" "$settings/gateway.env"
  if darwin_is_desktop; then
    darwin_job dev.chatcode.gateway KEEP_ALIVE /usr/bin/caffeinate -s "$binary" run --env-file "$settings/gateway.env"
  else
    darwin_job dev.chatcode.gateway KEEP_ALIVE "$binary" run --env-file "$settings/gateway.env"
  fi | put 644 "" "$jobs/dev.chatcode.gateway.plist"
  darwin_job dev.chatcode.maintenance CALENDAR "$binary" maintain --env-file "$settings/gateway.env" |
    put 644 "" "$jobs/dev.chatcode.maintenance.plist"
}

darwin_sudo() {
  [ "$passwordless_sudo" = yes ] || return 0
  me=$(id -un)
  echo "$me ALL=(ALL) NOPASSWD: ALL" >"$tmp/sudoers"
  say "Letting $me use sudo without a password; macOS asks for yours once"
  act sudo visudo -cqf "$tmp/sudoers"
  act sudo install -m 0440 -o root -g wheel "$tmp/sudoers" /etc/sudoers.d/chatcode
}

darwin_start() {
  domain=gui/$(id -u)
  for job in gateway maintenance; do
    act launchctl bootout "$domain/dev.chatcode.$job" 2>/dev/null || true
    act launchctl bootstrap "$domain" "$home/Library/LaunchAgents/dev.chatcode.$job.plist"
  done
  [ "$dry_run" = no ] || return 0
  waited=0
  until "$binary" health >/dev/null 2>&1; do
    [ "$waited" -lt "$ACCEPT_SECONDS" ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

darwin_agents() {
  [ "$agents" = yes ] || return 0
  have npm || act brew install node
  for package in @anthropic-ai/claude-code @openai/codex; do
    act npm install --global --prefix "$home/.local" "$package" || warn "$package cannot be installed"
  done
}

# ---------------------------------------------------------------- both

# The new program in the place of the old one, in one step; the old one is kept.
swap_in() {
  act mkdir -p "$prefix/bin" "$lib"
  act chmod 755 "$lib"
  if [ "$dry_run" = yes ]; then
    act mv "$tmp/$asset" "$binary"
    return
  fi
  cp "$tmp/$asset" "$binary.next" || die $EXIT_DISK "Cannot write $binary.next: is the disk full? The program in place was not touched"
  chmod 755 "$binary.next"
  # Its first start unpacks it, which may fill the disk: better now than as a service.
  "$binary.next" version >/dev/null || { rm -f "$binary.next"; die $EXIT_DISK "The program cannot be unpacked in $lib: is the disk full? The program in place was not touched"; }
  had_previous=no
  if [ -f "$binary" ]; then
    cp "$binary" "$lib/previous.next"
    mv -f "$lib/previous.next" "$lib/previous"
    had_previous=yes
  fi
  mv -f "$binary.next" "$binary"
  if [ -f "$tmp/release.pub" ]; then put 644 root:root "$settings/release.pub" <"$tmp/release.pub"; fi
}

start_or_roll_back() {
  if "${os}_start"; then return; fi
  why=''
  if [ "$os" = linux ]; then why=$(linux_why || true); fi
  if [ "$had_previous" = yes ] && ! cmp -s "$lib/previous" "$binary"; then
    say "The relay has not accepted the gateway in time: putting the previous version back"
    cp "$lib/previous" "$binary.next"
    mv -f "$binary.next" "$binary"
    "${os}_start" || die $EXIT_NOT_ACCEPTED "The previous version is back, and the relay does not accept it either: $why"
    die $EXIT_NOT_ACCEPTED "The new version was not accepted by the relay and was rolled back: $why"
  fi
  die $EXIT_NOT_ACCEPTED "Everything is in place, and the relay has not accepted the gateway yet; it goes on trying: $why. Run this again when that is mended, or cleanup.sh to take it all away"
}

main() {
  umask 022
  started=$(date +%s)
  had_previous=no tmp='' lock=''
  parse_flags "$@"
  look_around
  complete_settings
  if [ -n "$write_files" ]; then
    tmp=$(mktemp -d)
    trap forget_drafts EXIT
    if [ "$os" = linux ]; then
      linux_files
      linux_sudoers | put 440 root:root /etc/sudoers.d/chatcode
      linux_logrotate | put 644 root:root /etc/logrotate.d/chatcode
    else
      darwin_files
    fi
    return
  fi
  check_system
  check_user
  trap forget_drafts EXIT
  trap 'exit 1' HUP INT TERM
  take_lock
  tmp=$(mktemp -d "${TMPDIR:-/tmp}/chatcode-install.XXXXXX")
  check_disk
  try_token
  get_binary
  try_binary

  say "Installing on $os $arch"
  "${os}_packages"
  if [ "$os" = linux ]; then
    linux_user
    linux_sudo
  else
    act mkdir -p "$settings" "$home/workspace" "$home/Library/LaunchAgents" "$home/Library/Logs"
    act chmod 700 "$settings"
    darwin_sudo
  fi
  swap_in
  "${os}_files"
  start_or_roll_back
  if [ "$dry_run" = yes ]; then
    "${os}_agents"
    say "Nothing was changed: this was a dry run"
    return
  fi
  say "The gateway \"$gateway_id\" is online after $(($(date +%s) - started)) s"
  "${os}_agents"
  say "Done in $(($(date +%s) - started)) s. chatcode-gateway doctor tells how it does; cleanup.sh takes it all away"
}

main "$@"
