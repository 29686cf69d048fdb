import type { ExitName } from "../exit_status.ts";

const HELP = `chatcode-gateway: lets you drive this machine's sessions through a Chatcode relay

Usage: chatcode-gateway <command> [flags]

  run        connect this machine to the relay and stay
  status     what the running gateway is doing (--json)
  health     whether it is well: exit status 0 or 1 (--json)
  sessions   the sessions on this machine (--json)
  call       ask the running gateway: call METHOD [--params JSON] [--key KEY]
  doctor     what is wrong here, and how to mend it (--json)
  update     bring the newest version, or --version V; --check only looks; undone if it fails
  maintain   what the daily timer does: update gateway and agents while no agent works
  version    of this gateway (--json)
  help       this page

Flags of run and doctor, each with its environment variable:
  --gateway-id ID      CHATCODE_GATEWAY_ID
  --cp-url URL         CHATCODE_CP_URL            the relay, https://…
  --token-file PATH    or the token itself in     CHATCODE_GATEWAY_AUTH_TOKEN
  --workspace DIR      CHATCODE_WORKSPACE         where sessions start; ~/workspace
  --tmux-socket NAME   CHATCODE_TMUX_SOCKET       tmux -L name; chatcode
  --tmux-server WHOSE  CHATCODE_TMUX_SERVER       own, or service: run by another, never started
  --state-dir DIR      CHATCODE_STATE_DIR         lock and socket of the running gateway
  --env-file PATH      KEY=VALUE lines with the variables above; - is standard input
  --release-url URL    CHATCODE_RELEASE_URL       update: where releases are
  --release-key PATH   update: the public key they are signed with
  --binary PATH        update: the installed program
  --when-idle          update: wait until no agent works on a turn
  --force              run: stop the gateway that already runs here and take over
  --verbose            run: log more

Exit status: 0 ok, 1 failure, 2 usage or settings, 3 tmux missing or too old, 4 token refused,
5 no gateway runs here, 6 another gateway runs here, 7 no protocol in common with the relay,
8 replaced by another gateway with the same id, 9 update rolled back, 10 release not genuine.
`;

export function help(): Promise<ExitName> {
  console.log(HELP.trimEnd());
  return Promise.resolve("ok");
}
