/// The style sheet of the console: one column on a phone, light and dark as the system is, visible focus.
enum ConsoleStyle {
    static let text = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --quiet: #57606a; --line: #d0d7de; --accent: #0b57a4;
          --accent-ink: #ffffff; --bad: #a40e26; --bad-paper: #ffebe9; --warn-paper: #fff8c5; --good-paper: #dafbe1; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --quiet: #9da7b1; --line: #3d444d;
          --accent: #6cb2ff; --accent-ink: #0d1117; --bad: #ff9492; --bad-paper: #3c1618; --warn-paper: #332a00; --good-paper: #12301c; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        a { color: var(--accent); }
        a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible {
          outline: 3px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
        header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; padding: .75rem 1rem;
          border-bottom: 1px solid var(--line); }
        header .name { margin: 0; font-weight: 700; } header .name a { color: inherit; text-decoration: none; }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
        nav a[aria-current] { font-weight: 700; text-decoration: none; color: inherit; }
        .who { margin-left: auto; color: var(--quiet); }
        main { max-width: 75rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.5rem; margin: .5rem 0 1rem; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
        small { color: var(--quiet); font-weight: 400; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .6rem; vertical-align: top;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
        label { display: block; font-weight: 600; } form p { margin: 0 0 .75rem; }
        input, select, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet);
          border-radius: .3rem; padding: .35rem .5rem; width: min(32rem, 100%); }
        input[type=checkbox] { width: auto; }
        [aria-invalid] { border: 2px solid var(--bad); }
        button, .button { font: inherit; display: inline-block; padding: .4rem .9rem; border-radius: .3rem; border: 1px solid var(--accent);
          background: var(--accent); color: var(--accent-ink); text-decoration: none; cursor: pointer; }
        .who button { padding: .1rem .6rem; background: transparent; color: var(--accent); }
        button.danger { background: transparent; border-color: var(--bad); color: var(--bad); }
        .search { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; } .search p { margin: 0; }
        .notice, .warning, .problem { padding: .6rem .9rem; border-radius: .3rem; border: 1px solid var(--line); }
        .notice { background: var(--good-paper); } .warning { background: var(--warn-paper); } .problem { background: var(--bad-paper); }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem; margin: 0; }
        .facts div { border: 1px solid var(--line); border-radius: .3rem; padding: .5rem .75rem; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; font-size: 1.3rem; overflow-wrap: anywhere; }
        del { text-decoration: none; color: var(--quiet); } ins { text-decoration: none; font-weight: 600; }
        pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .3rem; }
        """
}
