/** The style of `/docs`, within the page: it stands alone, also when it is saved. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8885; --soft: #8882; --get: #1a7f5a; --post: #2f6fbd; --put: #a05a00; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; }
h2 { margin: 2.5rem 0 .5rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 1.2rem 0 .3rem; }
code, pre { font: .88rem/1.45 ui-monospace, monospace; }
pre { margin: .4rem 0; padding: .7rem; overflow-x: auto; background: var(--soft); border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
th:first-child, td:first-child { white-space: nowrap; }
section { margin: 1rem 0; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
section:target { outline: 2px solid var(--post); }
summary { cursor: pointer; }
section > details > summary { list-style-position: outside; margin-left: 1rem; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .delete { color: #b3261e; }
.who { float: right; font-size: .8rem; padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; }
`;
