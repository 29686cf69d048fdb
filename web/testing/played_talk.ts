import type { Turn } from "@chatcode/protocol";

const MINUTE = 60_000;
/** Midday of a day that looks the same in every test. */
const START = Date.UTC(2026, 10, 20, 12);

/** A short conversation with one turn of every kind. */
export function playedTalk(): Turn[] {
  let n = 0;
  const common = () => ({ id: `turn-${++n}`, rev: 0, atMs: START + n * MINUTE });
  return [
    { ...common(), kind: "prompt", text: "Why does the login test fail? Fix it." },
    { ...common(), kind: "progress", text: "I will run the test first." },
    {
      ...common(),
      kind: "tool",
      name: "Bash",
      summary: "npm test -- login",
      state: "failed",
      output: "FAIL login.test.ts\n  expected 200, got 401\n",
    },
    { ...common(), kind: "tool", name: "Read", summary: "src/auth/session.ts", state: "ok" },
    { ...common(), kind: "tool", name: "Grep", summary: "expiresAt in src/", state: "ok" },
    {
      ...common(),
      kind: "tool",
      name: "Edit",
      summary: "src/auth/session.ts",
      state: "ok",
      diff: "--- a/src/auth/session.ts\n+++ b/src/auth/session.ts\n@@ -12,4 +12,4 @@\n" +
        " export function isValid(session: Session): boolean {\n" +
        "-  return session.expiresAt < Date.now();\n" +
        "+  return session.expiresAt > Date.now();\n }\n",
    },
    { ...common(), kind: "tool", name: "Bash", summary: "npm test -- login", state: "ok" },
    {
      ...common(),
      kind: "final",
      text: FINAL,
    },
    {
      ...common(),
      kind: "usage",
      usage: { model: "claude-opus-4-5", input: 2_340, cachedInput: 48_200, output: 812 },
    },
    { ...common(), kind: "prompt", text: "Now deploy it.\nTo staging only!" },
    { ...common(), kind: "error", text: "529 Overloaded: the model is busy. Retrying gave up." },
    { ...common(), kind: "prompt", text: "Again" },
    { ...common(), kind: "interrupted" },
  ];
}

const FINAL = `The comparison was the **wrong way round**: \`isValid\` refused every live session.

## What changed

1. \`src/auth/session.ts\` compares with \`>\` now
2. The test passes; see [the docs](https://docs.example/sessions)

\`\`\`ts
export function isValid(session: Session): boolean {
  // Milliseconds since 1970.
  return session.expiresAt > Date.now();
}
\`\`\`

| Test | Before | After |
| ---- | :----: | ----: |
| login | fails | passes |
| logout | passes | passes |

- [x] fix
- [ ] deploy

> Nothing else was touched. <script>alert(1)</script> [evil](javascript:alert(1))
`;
