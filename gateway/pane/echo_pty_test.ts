import { openEchoPty } from "./echo_pty.ts";
import { ptyContract } from "./pty_contract.ts";

ptyContract("echo pty", openEchoPty, ["cat"]);
