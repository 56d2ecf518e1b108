/// The style sheet of the console: light and dark as the system is, visible focus, cards in place of tables on a phone.
enum ConsoleStyle {
    static let text = [Self.colours, Self.frame, Self.parts, Self.forms, Self.negotiation, Self.narrow].joined(
        separator: "\n"
    )

    /// Changes with the text, so that no browser keeps an old one.
    static let version = String(
        Self.text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 },
        radix: 36
    )

    /// Two pieces of land and what joins them.
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5cad"/>\
        <path d="M5 8c6 0 6 6 11 6s5-6 11-6v16c-6 0-6-6-11-6s-5 6-11 6z" fill="#fff"/></svg>
        """

    private static let colours = """
        :root { color-scheme: light dark;
          --ink: #1c2430; --quiet: #535e6d; --paper: #ffffff; --ground: #f4f6f9; --line: #d5dbe3; --edge: #7b8794;
          --accent: #0b5cad; --accent-ink: #ffffff; --accent-paper: #e7f0fa;
          --good: #0f6130; --good-paper: #e0f4e6; --warning: #734600; --warning-paper: #fff2cc;
          --bad: #a3112a; --bad-paper: #fde7e9; --quiet-paper: #e9edf2; }
        @media (prefers-color-scheme: dark) { :root {
          --ink: #e4e9f0; --quiet: #a5b0be; --paper: #19212b; --ground: #10161d; --line: #313c49; --edge: #8592a1;
          --accent: #80bbff; --accent-ink: #0c1622; --accent-paper: #1b2f45;
          --good: #7fe3a3; --good-paper: #12301f; --warning: #f3cd6b; --warning-paper: #362b08;
          --bad: #ffa5a0; --bad-paper: #40191d; --quiet-paper: #2a3440; } }
        """

    private static let frame = """
        * { box-sizing: border-box; }
        html { scroll-padding-top: 5rem; }
        body { margin: 0; font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--ground); }
        a { color: var(--accent); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
        main:focus { outline: none; }
        .skip { position: fixed; left: -100rem; z-index: 3; }
        .skip:focus { left: 1rem; top: .6rem; background: var(--paper); padding: .5rem .9rem; border-radius: .4rem; }
        .bar { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center;
          padding: .6rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line); }
        .brand { margin: 0 auto 0 0; font-size: 1.1rem; font-weight: 700; letter-spacing: .01em; }
        .brand a { display: flex; align-items: center; gap: .6rem; color: inherit; text-decoration: none; }
        .brand a::before { content: ""; width: 1.75rem; height: 1.75rem; background: url(icon.svg) center / contain no-repeat; }
        .who { display: flex; align-items: center; gap: .75rem; margin: 0; color: var(--quiet); font-size: .925rem; }
        .staged { padding: .25rem .8rem; border-radius: 1rem; background: var(--warning-paper); color: var(--warning);
          font-size: .925rem; font-weight: 600; text-decoration: none; border: 1px solid currentColor; }
        .menu { display: none; }
        .inside { display: grid; grid-template: "bar bar" auto "nav trail" auto "nav main" 1fr / 13.5rem minmax(0, 1fr); min-height: 100vh;
          background: var(--ground) linear-gradient(90deg, var(--paper) 13.4375rem, var(--line) 0, var(--line) 13.5rem, transparent 0); }
        .bar { grid-area: bar; min-height: 3.5rem; }
        nav[popover] { grid-area: nav; display: block; position: static; align-self: start; width: auto; height: auto; margin: 0; border: 0; border-right: 1px solid var(--line); padding: .7rem .75rem; overflow: auto; background: var(--paper); color: inherit; }
        nav[popover] p { margin: .6rem .75rem .1rem; font-size: .8125rem; font-weight: 700; color: var(--quiet); }
        nav[popover] p:first-child { margin-top: 0; }
        nav[popover] ul { list-style: none; margin: 0; padding: 0; }
        nav[popover] a { display: block; padding: .15rem .75rem; border-radius: .4rem; color: inherit; text-decoration: none; font-size: .9375rem; line-height: 1.45; }
        nav[popover] a:hover { background: var(--quiet-paper); }
        nav[popover] a[aria-current] { background: var(--accent-paper); color: var(--accent); font-weight: 600; }
        /* It stays where all of it can be seen. */
        @media (min-width: 60.01rem) and (min-height: 56rem) { nav[popover] { position: sticky; inset: 3.5rem auto auto; max-height: calc(100vh - 3.5rem); } }
        .trail { grid-area: trail; padding: 1rem clamp(1rem, 2vw, 2.5rem) 0; margin-bottom: -1rem; font-size: .925rem; }
        .trail ol { list-style: none; margin: 0; padding: 0; display: flex; gap: .5rem; }
        .trail a { display: inline-block; padding: .2rem 0; } .trail li::after { content: " ›"; color: var(--quiet); }
        main { padding: 1.5rem clamp(1rem, 2vw, 2.5rem) 4rem; max-width: 84rem; }
        .inside main { grid-area: main; }
        .outside main { max-width: 34rem; margin: 6vh auto 0; }
        """

    private static let parts = """
        h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 auto 0 0; overflow-wrap: anywhere; }
        .title { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; align-items: center; margin: 0 0 1rem; } .title .links { margin: 0; }
        h2 { font-size: 1.2rem; line-height: 1.3; margin: 2rem 0 .6rem; overflow-wrap: anywhere; }
        .introduction { margin: -.5rem 0 1.25rem; color: var(--quiet); max-width: 48rem; }
        code, pre { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; font-size: .9em; }
        pre { margin: 0; padding: .9rem 1rem; overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
        figure { margin: 1rem 0; } figcaption { margin-bottom: .35rem; font-weight: 600; }
        .message { margin: 0 0 1rem; padding: .7rem 1rem; border-radius: .5rem; border-left: .3rem solid currentColor; overflow-wrap: anywhere; }
        .message h2 { margin: 0 0 .25rem; font-size: 1rem; } .message ul { margin: 0; padding-left: 1.2rem; } .message a { color: inherit; }
        .good { color: var(--good); } .warning { color: var(--warning); } .bad { color: var(--bad); }
        .message.good, .pill.good { background: var(--good-paper); }
        .message.warning, .pill.warning { background: var(--warning-paper); }
        .message.bad, .pill.bad { background: var(--bad-paper); }
        .message.quiet, .pill.quiet { background: var(--quiet-paper); color: var(--ink); }
        .pill { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-size: .875rem; font-weight: 600; white-space: nowrap; }
        .pill::before { content: "●\\00a0"; font-size: .7em; vertical-align: .15em; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
        .facts div { padding: .7rem 1rem; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; }
        .facts dt { color: var(--quiet); font-size: .875rem; } .facts dd { margin: 0; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere; }
        .facts dd a { color: inherit; text-decoration-color: var(--line); }
        .empty { padding: 1.5rem; text-align: center; color: var(--quiet); border: 1px dashed var(--edge); border-radius: .6rem; }
        table { width: 100%; margin: 0 0 1.25rem; border-collapse: separate; border-spacing: 0; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        th, td { padding: .5rem .6rem; text-align: left; vertical-align: top; overflow-wrap: break-word; border-bottom: 1px solid var(--line); }
        tbody tr:last-child > * { border-bottom: 0; }
        .wide { overflow-x: auto; margin: 0 0 1.25rem; } .wide table { margin: 0; font-size: .9rem; }
        td { min-width: 3.5rem; } td.value { min-width: 6rem; overflow-wrap: anywhere; } td:has(.pill) { min-width: 7rem; } td .wordy { white-space: normal; } td:has(time) { min-width: 6.5rem; }
        td.long { min-width: 12rem; overflow-wrap: anywhere; } td.long code { font-size: .85em; }
        thead th { color: var(--quiet); font-size: .875rem; font-weight: 600; overflow-wrap: normal; }
        tbody th { font-weight: 600; } tbody tr:hover { background: var(--accent-paper); }
        time { font-variant-numeric: tabular-nums; } .when { display: block; } .ago { display: block; color: var(--quiet); font-size: .8125rem; }
        .dense th, .dense td { padding: .25rem .6rem; } .dense { max-width: 60rem; }
        .difference h2 { margin: 1.25rem 0 .4rem; font-size: 1.05rem; } .difference th, .difference td { width: 33%; overflow-wrap: anywhere; }
        del { text-decoration: none; color: var(--quiet); } ins { text-decoration: none; font-weight: 600; }
        .steps { margin: 1rem 0; padding: 0; list-style: none; }
        .steps li { display: grid; grid-template-columns: minmax(9rem, 14rem) 8rem minmax(0, 1fr); gap: .1rem 1rem; align-items: baseline; margin: 0 0 .35rem; padding: .45rem 1rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-left: .3rem solid var(--edge); border-radius: .5rem; }
        .steps li.good { border-left-color: var(--good); } .steps li.warning { border-left-color: var(--warning); } .steps li.bad { border-left-color: var(--bad); }
        .steps strong { overflow-wrap: anywhere; } .steps .pill { justify-self: start; }
        .steps p { margin: 0; overflow-wrap: anywhere; grid-column: 3; } .steps .remedy { font-weight: 600; } .steps .remedy::before { content: "→ "; }
        .deeds { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 1.5rem; } .deeds .lone { margin: 0; }
        .links { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 1rem; }
        """

    private static let forms = """
        button, .button { font: inherit; font-weight: 600; display: inline-block; min-height: 2.5rem; padding: .4rem 1.1rem; border-radius: .5rem; border: 1px solid var(--accent);
          background: var(--accent); color: var(--accent-ink); text-decoration: none; cursor: pointer; }
        button:hover, .button:hover { filter: brightness(1.12); }
        .plain { background: transparent; color: var(--accent); }
        .who button, .menu { min-height: 2rem; padding: .15rem .8rem; font-weight: 500; }
        .small { white-space: nowrap; min-height: 1.75rem; padding: 0 .7rem; font-size: .875rem; font-weight: 500; }
        .lone { margin: 0 0 1.5rem; } .lone .buttons { margin: 0; } td form { margin: 0; }
        .danger { background: var(--bad); border-color: var(--bad); color: var(--paper); }
        .lone:not(:has(a)) .danger { background: transparent; color: var(--bad); }
        .needed { color: var(--quiet); font-weight: 400; font-size: .875rem; }
        .card { padding: 1.25rem 1.5rem; margin: 0 0 1.5rem; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; max-width: 52rem; }
        fieldset { margin: 0 0 1.25rem; padding: 0 0 .5rem; border: 0; border-bottom: 1px solid var(--line); display: grid; gap: 1rem 1.5rem;
          grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); align-items: start; min-width: 0; }
        .negotiation { grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr)); }
        fieldset:last-of-type { border-bottom: 0; margin-bottom: 0; }
        legend { padding: 0; margin: 0 0 .6rem; font-size: 1.05rem; font-weight: 700; }
        .field { min-width: 0; } .field:has(textarea), .field.whole { grid-column: 1 / -1; } label { display: block; margin-bottom: .2rem; font-weight: 600; }
        .hint { margin: .2rem 0 0; font-size: .875rem; color: var(--quiet); overflow-wrap: anywhere; } .mistake { margin: .2rem 0 0; font-weight: 600; color: var(--bad); }
        input, select, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: .4rem;
          min-height: 2.5rem; padding: .4rem .6rem; width: 100%; }
        input[type=checkbox] { width: 1.4rem; min-height: 1.4rem; height: 1.4rem; margin: .4rem 0; accent-color: var(--accent); }
        textarea { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9rem; }
        [aria-invalid] { border: 2px solid var(--bad); }
        .buttons { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: center; margin: 1rem 0 0; }
        .search { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: 0 0 1rem; }
        .search > .field { flex: 1 1 12rem; max-width: 24rem; align-self: start; } .search > button { align-self: start; margin-top: 1.7rem; }
        .more { flex: 1 0 100%; } .filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: .75rem 1rem; padding: .5rem 0 0; }
        summary { display: inline-block; padding: .2rem .4rem; color: var(--accent); cursor: pointer; border-radius: .4rem; font-weight: 600; }
        summary::before { content: "▸ "; } [open] > summary::before { content: "▾ "; }
        .rows { grid-column: 1 / -1; } .row { margin: 0 0 .4rem; padding: .6rem 1rem; border-radius: .5rem; border-left: .3rem solid currentColor; }
        .row.good { background: var(--good-paper); } .row.warning { background: var(--warning-paper); } .row.bad { background: var(--bad-paper); }
        """

    /// Where the browser can, only the chosen row of the negotiation table is shown.
    private static let negotiation = """
        @supports selector(:has(*)) {
        .negotiation .row { display: none; }
        \(ConsoleNegotiation.style)
        [class*="when-"] { display: none; }
        \(ConsoleWords.explained.map { ".field:has([value=\($0)]:checked) .when-\($0)" }.joined(separator: ",\n")) { display: block; }
        }
        """

    private static let narrow = """
        @media (max-width: 60rem) {
        .inside { display: block; background: var(--ground); } .trail { margin-bottom: -.75rem; }
        .menu { display: inline-block; }
        nav[popover] { display: none; }
        nav[popover]:popover-open { display: block; position: fixed; inset: 3.5rem 0 0 auto; width: min(20rem, 100%); max-height: calc(100vh - 3.5rem);
          overflow-y: auto; border: 1px solid var(--line); box-shadow: 0 1rem 3rem rgb(0 0 0 / .35); }
        nav[popover] a { padding: .5rem .75rem; font-size: 1rem; }
        .bar { padding: .5rem 1rem; } .who span { display: none; }
        }
        @supports not selector(:popover-open) { nav[popover] { display: block; } .menu { display: none; } }
        @media (max-width: 48rem) {
        h1 { font-size: 1.45rem; } main { padding-top: 1.1rem; } .card { padding: 1rem; } .wide table { font-size: 1rem; }
        thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        table, tbody, tr, td, tbody th { display: block; width: 100%; }
        table { border: 0; background: none; }
        tbody tr { margin: 0 0 .75rem; padding: .4rem 0; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; }
        td, tbody th, tbody tr:last-child > * { border: 0; padding: .2rem 1rem; }
        td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .75rem; overflow-wrap: anywhere; } .pill { white-space: normal; }
        .steps li { grid-template-columns: minmax(0, 1fr) auto; } .steps p { grid-column: 1 / -1; }
        .dense { max-width: none; }
        .facts { grid-template-columns: 1fr 1fr; gap: .5rem; } .facts div { padding: .5rem .75rem; }
        td::before { content: attr(data-label); color: var(--quiet); font-size: .875rem; }
        td:empty { display: none; } td .pill { justify-self: start; } td:first-child { display: block; font-weight: 600; font-size: 1.05rem; } td:first-child::before { content: none; }
        .difference th, .difference td { width: 100%; }
        .pairs { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; }
        .pairs tbody tr { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); margin: 0; padding: .15rem 0; border: 0; border-radius: 0; background: none; }
        .pairs tr + tr { border-top: 1px solid var(--line); }
        .pairs td, .pairs tbody tr:last-child > td { display: block; padding: .2rem .75rem; } .pairs td::before { content: none; }
        .pairs td:first-child { color: var(--quiet); font-weight: 400; font-size: .925rem; }
        .buttons > * { flex: 1 1 auto; text-align: center; } .search > button { margin-top: 0; } .search > .field { max-width: none; flex-basis: 100%; }
        }
        @media (prefers-reduced-motion: no-preference) { a, button { transition: background-color .12s; } }
        @media (prefers-reduced-motion: reduce) { * { transition: none !important; scroll-behavior: auto !important; } }
        @media (forced-colors: active) { .pill, .message, .row, .button, button { border: 1px solid; } }
        @media print { .bar, nav, form { display: none !important; } .inside { display: block; } }
        """
}
