#!/bin/sh
# Takes away what Chatcode's install.sh has put on this machine. Running it twice is fine.
#
#   Linux, as root: services, program, settings, logs, and the user with everything in its home.
#   macOS, as yourself: launchd agents, program, settings, logs; ~/workspace stays.

set -eu

EXIT_USAGE=2 EXIT_UNSUPPORTED=3 EXIT_WRONG_USER=4

usage() {
  cat <<'USAGE'
Usage: cleanup.sh [flags]

  --yes                do not ask
  --keep-user          Linux: keep the user, its home and its agents; no more sudo without a password
  --keep-workspace     Linux: keep the user's workspace folder, though not the user
  --remove-workspace   macOS: remove ~/workspace too
  --kill-tmux          macOS: end the sessions too (on Linux they always end)
  --dry-run            print every step, take none
  --help

Exit status: 0 done, 2 wrong flags, 3 system not supported, 4 wrong user, 1 anything else.
USAGE
}

die() { # STATUS MESSAGE
  echo "cleanup.sh: $2" >&2
  exit "$1"
}

act() {
  if [ "$dry_run" = yes ]; then echo "would run: $*"; else "$@"; fi
}

# Names what goes, and takes it away; what is not there needs no word.
take() { # PATH...
  for path; do
    if [ -e "$path" ] || [ -L "$path" ]; then
      echo "Removing $path"
      act rm -rf "$path"
      removed=yes
    fi
  done
}

left() { left_list="$left_list
  $1"; }

parse_flags() {
  yes=no keep_user=no keep_workspace=no remove_workspace=no kill_tmux=no dry_run=no
  while [ $# -gt 0 ]; do
    case $1 in
      --yes | -y) yes=yes ;;
      --keep-user) keep_user=yes ;;
      --keep-workspace) keep_workspace=yes ;;
      --remove-workspace) remove_workspace=yes ;;
      --kill-tmux) kill_tmux=yes ;;
      --dry-run) dry_run=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) die $EXIT_USAGE "\"$1\" is no flag: see --help" ;;
    esac
    shift
  done
}

# Runs a command for SECONDS at most: `tmux kill-server` can hang (seen with 3.3a).
bounded() { # SECONDS COMMAND...
  seconds=$1
  shift
  "$@" </dev/null >"$tmp/out" 2>/dev/null &
  bounded_pid=$!
  while [ "$seconds" -gt 0 ] && kill -0 "$bounded_pid" 2>/dev/null; do
    sleep 1
    seconds=$((seconds - 1))
  done
  kill -9 "$bounded_pid" 2>/dev/null || true
  wait "$bounded_pid" 2>/dev/null
}

# Ends a tmux server by its name, whatever state it is in.
end_tmux() {
  command -v tmux >/dev/null 2>&1 || return 0
  bounded 3 tmux -L chatcode display-message -p '#{pid}' || return 0
  server=$(tr -cd 0-9 <"$tmp/out")
  [ -n "$server" ] || return 0
  echo "Ending tmux server $server and every session in it"
  [ "$dry_run" = no ] || return 0
  # A control client that reads no more keeps the server from ending: such clients go first.
  bounded 3 tmux -L chatcode list-clients -F '#{client_pid}' || true
  while read -r client; do
    case $client in '' | 0 | *[!0-9]*) ;; *) kill -9 "$client" 2>/dev/null || true ;; esac
  done <"$tmp/out"
  bounded 5 tmux -L chatcode kill-server || true
  kill -9 "$server" 2>/dev/null || true
}

# Our entries in agents' settings, while there is a gateway that can take them out.
remove_hooks() {
  [ -x "$binary" ] && [ "$dry_run" = no ] || return 0
  for agent in claude codex gemini opencode; do
    HOME=${HOME:-/root} bounded 10 "$binary" call agents.change-hooks \
      --params "{\"agent\":\"$agent\",\"action\":\"remove\"}" || true
  done
}

ask() { # QUESTION
  [ "$yes" = no ] && [ "$dry_run" = no ] || return 0
  (: </dev/tty) 2>/dev/null || die 1 "Nobody to ask: pass --yes"
  printf '%s [y/N] ' "$1" >/dev/tty
  read -r answer </dev/tty
  case $answer in y | Y | yes) ;; *) die 1 "Nothing was changed" ;; esac
}

linux() {
  [ "$dry_run" = yes ] || [ "$(id -u)" = 0 ] || die $EXIT_WRONG_USER "Run this as root"
  binary=/usr/local/bin/chatcode-gateway
  user='' ours=no
  if [ -f /etc/chatcode/gateway.env ]; then
    user=$(sed -n 's/^CHATCODE_AGENT_USER=//p' /etc/chatcode/gateway.env | tail -n 1)
  fi
  if [ -f /etc/chatcode/user ]; then
    user=$(cat /etc/chatcode/user)
    ours=yes
  fi
  home=''
  if [ -n "$user" ] && id "$user" >/dev/null 2>&1; then home=$(eval "echo ~$user"); fi
  if [ "$keep_user" = yes ]; then
    ask "Remove Chatcode from this machine and end its sessions? The user $user stays."
  elif [ "$ours" = yes ]; then
    ask "Remove Chatcode, the user $user and everything in ${home:-its home} from this machine?"
  else
    ask "Remove Chatcode from this machine and end its sessions?"
  fi

  remove_hooks
  for unit in chatcode-maintenance.timer chatcode-maintenance.service chatcode-gateway.service chatcode-tmux.service; do
    if [ -f "/etc/systemd/system/$unit" ]; then
      echo "Stopping $unit"
      act systemctl disable -q --now "$unit" || true
      take "/etc/systemd/system/$unit"
    fi
  done
  if [ "$removed" = yes ]; then
    act systemctl daemon-reload || true
    act systemctl reset-failed 'chatcode-*' 2>/dev/null || true
  fi
  take /run/chatcode-tmux /var/lib/systemd/timers/stamp-chatcode-maintenance.timer
  take "$binary" "$binary.next" /usr/local/lib/chatcode-gateway
  take /etc/sudoers.d/chatcode /etc/logrotate.d/chatcode
  if [ -d /var/log/chatcode ]; then act chattr -R -a /var/log/chatcode 2>/dev/null || true; fi
  take /var/log/chatcode
  if [ -f /var/lib/logrotate/status ] && grep -q /var/log/chatcode/ /var/lib/logrotate/status; then
    act sed -i '\|/var/log/chatcode/|d' /var/lib/logrotate/status
  fi
  packages=''
  if [ -f /etc/chatcode/packages ]; then packages=$(sort -u /etc/chatcode/packages | tr '\n' ' '); fi
  linux_user
  take /etc/chatcode /var/lib/chatcode
  [ -z "$packages" ] || left "packages, which others may use by now: apt-get autoremove --purge $packages"
  left "what the services and sudo wrote to the journal, until it is rotated"
}

linux_user() {
  [ -n "$home" ] || return 0
  if [ "$ours" = no ]; then
    take "$home/.cache/chatcode-gateway" "$home/.local/share/chatcode"
    left "the user $user and $home: install.sh did not make them"
    return
  fi
  if [ "$keep_user" = yes ]; then
    take "$home/.cache/chatcode-gateway" "$home/.local/share/chatcode"
    left "the user $user and $home, with its workspace, its agents, and their settings as they were before our hooks (*.before-chatcode)"
    return
  fi
  [ "$dry_run" = yes ] || pkill -KILL -u "$user" 2>/dev/null || true
  take "/var/lib/sudo/lectured/$user" "/run/sudo/ts/$user"
  echo "Removing the user $user"
  if [ "$keep_workspace" = yes ]; then
    act userdel "$user"
    if [ "$dry_run" = no ]; then
      find "$home" -mindepth 1 -maxdepth 1 ! -name workspace -exec rm -rf {} +
    fi
    left "$home/workspace, now owned by a number: chown it to whom you like"
  else
    act userdel "$user"
    take "$home"
  fi
}

darwin() {
  [ "$(id -u)" != 0 ] || die $EXIT_WRONG_USER "Run this as yourself, without sudo"
  binary=$HOME/.local/bin/chatcode-gateway
  ask "Remove Chatcode from your account?"
  remove_hooks
  for job in maintenance gateway; do
    plist=$HOME/Library/LaunchAgents/dev.chatcode.$job.plist
    if [ -f "$plist" ]; then
      act launchctl bootout "gui/$(id -u)/dev.chatcode.$job" 2>/dev/null || true
      take "$plist"
    fi
  done
  if [ "$kill_tmux" = yes ]; then
    end_tmux
  else
    left "sessions that still run: tmux -L chatcode ls, or run this with --kill-tmux"
  fi
  take "$binary" "$binary.next" "$HOME/.local/lib/chatcode-gateway" "$HOME/.cache/chatcode-gateway"
  take "$HOME/.config/chatcode" "$HOME/.local/share/chatcode" "$HOME/Library/Application Support/chatcode"
  take "$HOME/Library/Logs/chatcode-gateway.log" "$HOME/Library/Logs/chatcode-gateway.log.1"
  if [ "$remove_workspace" = yes ]; then take "$HOME/workspace"; else left "$HOME/workspace"; fi
  left "agents' settings as they were before our hooks (*.before-chatcode)"
  left "what Homebrew installed (tmux, git, ripgrep), and the agents in $HOME/.local"
  if [ -f /etc/sudoers.d/chatcode ]; then
    left "sudo without a password: sudo rm /etc/sudoers.d/chatcode"
  fi
}

main() {
  removed=no left_list=''
  parse_flags "$@"
  tmp=$(mktemp -d "${TMPDIR:-/tmp}/chatcode-cleanup.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  case $(uname -s) in
    Linux) linux ;;
    Darwin) darwin ;;
    *) die $EXIT_UNSUPPORTED "This system, $(uname -s), is not supported" ;;
  esac
  if [ "$removed" = no ]; then echo "Nothing of Chatcode is installed here"; else echo "Left in place:$left_list"; fi
}

main "$@"
