/// What must hold for every page, asked of the page as the browser shows it.
enum PageChecks {
    /// Names, order and landmarks: what a screen reader and a keyboard need
    /// ([WCAG 2.2](https://www.w3.org/TR/WCAG22/) 1.3.1, 2.4.1–2.4.6, 2.5.8, 3.1.1, 4.1.2).
    static let structure = """
        const problems = [];
        const shown = e => e.checkVisibility();
        const name = e => (e.getAttribute('aria-label') || e.innerText || '').trim();
        for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
            if (shown(field) && !(field.labels.length && field.labels[0].innerText.trim())) problems.push('no label: ' + field.name);
        for (const thing of document.querySelectorAll('a, button'))
            if (shown(thing) && !name(thing)) problems.push('no name: ' + thing.outerHTML);
        for (const link of document.querySelectorAll('a[href^="#"]'))
            if (!document.getElementById(link.getAttribute('href').slice(1))) problems.push('leads nowhere: ' + link.outerHTML);
        for (const named of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
            for (const id of (named.getAttribute('aria-describedby') || named.getAttribute('aria-labelledby')).split(' '))
                if (!document.getElementById(id)) problems.push('described by nothing: ' + id);
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        for (const id of ids.filter((e, i) => ids.indexOf(e) !== i)) problems.push('id twice: ' + id);
        if (document.documentElement.lang !== 'en') problems.push('no language');
        if (!/\\S.* · Isthmus$/.test(document.title)) problems.push('no title');
        for (const [what, count] of [['h1', 1], ['main', 1], ['body > header', 1]])
            if (document.querySelectorAll(what).length !== count) problems.push('not one ' + what);
        let level = 1;
        for (const heading of document.querySelectorAll('main h1, main h2, main h3')) {
            const next = Number(heading.tagName[1]);
            if (next > level + 1) problems.push('heading skips a level: ' + heading.innerText);
            level = next;
        }
        for (const table of document.querySelectorAll('table')) {
            if (!table.caption || !table.caption.textContent.trim()) problems.push('table without caption');
            for (const head of table.querySelectorAll('th')) if (!head.scope) problems.push('th without scope');
            for (const row of table.tBodies[0].rows)
                if (row.cells.length !== table.tHead.rows[0].cells.length) problems.push('row and head differ');
        }
        for (const mark of document.querySelectorAll('nav'))
            if (!mark.getAttribute('aria-label')) problems.push('a landmark without a name');
        if (document.querySelector('nav[popover]') && document.querySelectorAll('nav[popover] [aria-current=page]').length > 1)
            problems.push('two current pages');
        for (const wrong of document.querySelectorAll('[aria-invalid=true]'))
            if (!document.querySelector('[role=alert] a[href="#' + wrong.id + '"]')
                && !(wrong.getAttribute('aria-describedby') || '').includes('mistake-')) problems.push('no word of the mistake: ' + wrong.id);
        for (const e of document.querySelectorAll('main *:not(input, select, textarea)')) {
            const style = getComputedStyle(e);
            if (/hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && shown(e) && style.clipPath === 'none')
                problems.push('cut off: ' + e.outerHTML.slice(0, 200));
        }
        if (document.querySelector('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])')) problems.push('positive tabindex');
        for (const thing of document.querySelectorAll('button, .button, select, input:not([type=hidden])')) {
            const box = thing.getBoundingClientRect();
            if (shown(thing) && (box.height < 24 || box.width < 24)) problems.push('too small to hit: ' + thing.outerHTML);
        }
        return problems;
        """

    /// Each thing that does something can have the focus, and shows it (WCAG 2.1.1, 2.4.7); what is folded away need not.
    static let keyboard = """
        const problems = [];
        for (const e of document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea, button, a, summary, pre)')) {
            if (!e.checkVisibility()) continue;
            e.focus({ preventScroll: true });
            if (document.activeElement !== e) problems.push('cannot have the focus: ' + e.outerHTML.slice(0, 200));
            else if (getComputedStyle(e).outlineStyle === 'none') problems.push('does not show the focus: ' + e.outerHTML.slice(0, 200));
        }
        document.activeElement.blur();
        return problems;
        """

    /// No script, no style and no image in the page itself, nothing from elsewhere.
    static let safety = """
        const problems = [];
        for (const e of document.querySelectorAll('script, iframe, object, embed, img, svg, style, base, meta[http-equiv], [style]'))
            problems.push(e.outerHTML.slice(0, 200));
        for (const e of document.querySelectorAll('*'))
            for (const a of e.attributes) if (a.name.startsWith('on')) problems.push('handler: ' + e.outerHTML.slice(0, 200));
        for (const e of document.querySelectorAll('[href], [action], [formaction], [src]'))
            for (const n of ['href', 'action', 'formAction', 'src'])
                if (e.hasAttribute(n) && new URL(e[n], location).origin !== location.origin) problems.push('leads away: ' + e[n]);
        return problems;
        """

    /// Ratios of text to what is behind it, WCAG 1.4.3: 4.5, for large text 3.
    static let contrast = """
        const problems = [];
        const parse = text => {
            const numbers = (text.match(/[\\d.]+/g) || []).map(Number);
            return { r: numbers[0], g: numbers[1], b: numbers[2], a: numbers.length > 3 ? numbers[3] : 1 };
        };
        const light = c => [c.r, c.g, c.b].map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = e => {
            for (let at = e; at; at = at.parentElement) {
                const colour = parse(getComputedStyle(at).backgroundColor);
                if (colour.a === 1) return colour;
            }
            return parse('rgb(255, 255, 255)');
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        let count = 0;
        while (walker.nextNode()) {
            const e = walker.currentNode.parentElement;
            if (!walker.currentNode.textContent.trim() || !e.checkVisibility()) continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(parse(style.color)), light(behind(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const size = parseFloat(style.fontSize);
            const isLarge = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
            count += 1;
            if (ratio < (isLarge ? 3 : 4.5)) problems.push(ratio.toFixed(2) + ': ' + walker.currentNode.textContent.trim().slice(0, 60));
        }
        if (count < 3) problems.push('no text was looked at');
        return problems;
        """

    /// How much wider than the screen the page is.
    static let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
}
