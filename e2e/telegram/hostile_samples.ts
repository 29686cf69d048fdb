export interface Sample {
  readonly name: string;
  readonly markdown: string;
  /** The longest message, in UTF-16 units; Telegram's own limit unless told. */
  readonly units?: number;
}

/** Markdown as agents write it and as nobody should, to be looked at. */
export const SAMPLES: readonly Sample[] = [
  {
    name: "An answer",
    markdown: `## Fixed the **flaky** login test

The test waited for a *fixed* second; it now waits for \`page.waitForURL()\`.
See [the run](https://ci.example.com/runs/4711) and [auth.ts](src/auth.ts#L42).

### What changed

1. \`login_test.ts\`: waits for the condition
   - no more \`sleep\`
   - deadline of **10 s**
2. \`auth.ts\`: the cookie is \`Secure\`

\`\`\`ts
export async function signIn(page: Page) {
	await page.goto("/login");
	await page.waitForURL("**/home", { timeout: 10_000 });
}
\`\`\`

| test | before | after |
|:-----|-------:|------:|
| login | 81 % | 100 % |
| logout | 99 % | 100 % |

- [x] tests pass
- [ ] tell the team

> Note: the old helper is still used in two places.

---

Run it with \`deno test -A\` at http://localhost:8000 first.[^1]

[^1]: Or in Chromium, see [docs](https://example.com/docs).`,
  },
  {
    name: "Emphasis and links",
    markdown: `***a** b* **c *d \`e* f\` g** ~~h **i**~~ ~/path~ snake_case_name __init__

\\*not\\* 2*3*4 **bold with \`code **inside** it\` on**

[\`code\` in **link**](https://example.com/?a=b&c=%20) · [js](javascript:alert(1)) ·
[host](http://localhost:3000) · [data](data:text/html,x) · [empty]() · [](https://example.com)

[![badge](https://img.example.com/x.svg)](https://ci.example.com) ![alt](https://example.com/a.png)
![](data:image/png;base64,AAAA)

https://example.com/a_(b)_c?d=e_f. www.example.org, me@example.com

<script>alert("x")</script> <b>b</b> a<br>b &lt;c&gt; &amp;amp;

<!-- a comment -->

[INFO]: started
[unclosed](https://example.com [a][b]

# One
### Three with *italic* and \`code\`
Setext
======`,
  },
  {
    name: "Tables and lists",
    markdown: `| 名前 | 数 | emoji |
|:-----|---:|:-:|
| 日本語 | 22 | 👍🏽 |
| 한글 | 1 | 🇩🇪 |
| \`x\\|y\` | **3** | [a](b) |

| File | Change | Why it had to be |
|---|---|---|
| \`relay/telegram/format/chunks.ts\` | **cuts** at paragraphs | a message holds 4,096 units |
| \`relay/telegram/format/table.ts\` | bullets | [too wide](https://example.com) for a phone |

- one
  continued here

  and a second paragraph
  - two
    - three
      - four
        1. five
        10. ten
- \`\`\`sh
  cd src && ls
  \`\`\`
- > quote in an item
  > - with a list
- [ ] task
  - [x] done task

7. seven
8. eight

> outer
> > inner
> > > innermost
>
> \`\`\`js
> quoted();
> \`\`\`

${"> A long quote that goes on and on, line after line.\n".repeat(9)}`,
  },
  {
    name: "Characters",
    markdown: `Control: \u0007 \u001b[31mred\u001b[0m, tab\there, half 👍\ud83d pair

Bidi: \u202etrojan\u202c עברית עם *הדגשה* ו-\`קוד\` and العربية **قوي**

Ring: a\u030a e\u0301, zalgo: Z\u0335\u0321\u034ba\u0316l\u0317g\u0318o\u0319

👩‍👩‍👧‍👦🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ ✔️ and *👍🏽 in italic*

\`\`\`python
    indented first line
	tab
  日本語 # コメント
\`\`\`

\`\`\`12:34:src/a file.ts
a citation with a path
\`\`\`

    indented code

~~~
spaces   kept

and blank lines
~~~

\`\` \`tick\` \`\` and \`unclosed

/start@bot #tag @name

***`,
  },
  {
    name: "Cut in three",
    units: 500,
    markdown: `Here is the whole file:

\`\`\`go
func main() {
${
      Array.from({ length: 28 }, (_, line) =>
        `\tfmt.Println("line ${line}", computeSomething(${line}))`).join("\n")
    }
}
\`\`\`

**And** what follows.`,
  },
];
