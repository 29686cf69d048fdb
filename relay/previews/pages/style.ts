/** The style of every page: light and dark by the device's wish, readable on a phone. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--raised:#f6f7f9;--ink:#1c2024;--quiet:#5b6470;--line:#dde1e6;
--accent:#0b62d0;--added:#dafbe1;--removed:#ffe4e1;--hunk:#e8f0fe;--word:#a1339b;--text:#0a6640;--number:#8a4b00;
--comment:#6a737d;--name:#1f4fbf}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--raised:#1d2125;--ink:#e6e8ea;--quiet:#9aa4af;--line:#31373d;
--accent:#6cb0ff;--added:#12361f;--removed:#47201f;--hunk:#1d2d47;--word:#e19be0;--text:#7fd6a4;--number:#f0b274;
--comment:#8b949e;--name:#8fb6ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;padding:.75rem 1rem;background:var(--raised);
border-bottom:1px solid var(--line)}
header h1{font-size:1.05rem;margin:0}header p{margin:0;color:var(--quiet);font-size:.875rem}
header>a{margin-left:auto}
a{color:var(--accent)}header>a,.pager a,.button{display:inline-block;padding:.55rem .9rem;border:1px solid var(--line);
border-radius:.5rem;text-decoration:none;background:var(--ground)}
a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.pager{display:flex;gap:1rem;align-items:center;justify-content:center;padding:.5rem 1rem;width:100%}
.pager span{color:var(--quiet)}
main{padding:1rem;max-width:72rem;margin:0 auto}
pre,code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;tab-size:4}
pre{margin:0;white-space:pre-wrap}
.prose{max-width:46rem}.prose pre{background:var(--raised);border:1px solid var(--line);border-radius:.5rem;padding:.75rem;
white-space:pre;overflow-x:auto}
.prose :not(pre)>code{background:var(--raised);border-radius:.25rem;padding:.1em .3em}
.prose table{border-collapse:collapse;display:block;overflow-x:auto}
.prose th,.prose td{border:1px solid var(--line);padding:.3rem .6rem}
.prose>:is(pre,table,blockquote){margin:1rem 0}
.prose blockquote{padding-left:1rem;border-left:3px solid var(--line);color:var(--quiet)}
.diff span{display:block;padding:0 .25rem}.added{background:var(--added)}.removed{background:var(--removed)}
.hunk{background:var(--hunk);color:var(--quiet)}.file{font-weight:600}
.notice{max-width:34rem;margin:12vh auto;text-align:center}.notice p{color:var(--quiet)}
.hljs-keyword,.hljs-built_in,.hljs-selector-tag,.hljs-meta{color:var(--word)}
.hljs-string,.hljs-regexp,.hljs-addition{color:var(--text)}.hljs-number,.hljs-literal,.hljs-deletion{color:var(--number)}
.hljs-comment,.hljs-quote{color:var(--comment)}.hljs-title,.hljs-name,.hljs-attr,.hljs-attribute,.hljs-section,.hljs-type{color:var(--name)}
`;
