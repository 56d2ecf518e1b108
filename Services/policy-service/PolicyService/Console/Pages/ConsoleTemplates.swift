import Mustache

/// The page of the console, and the parts it is made of.
///
/// Whatever is put into `{{…}}` is escaped; there is no `{{{…}}}` in them.
enum ConsoleTemplates {
    /// Compiled once.
    static func library() throws -> MustacheLibrary {
        MustacheLibrary(
            templates: try Self.sources.mapValues { try MustacheTemplate(string: $0) }
        )
    }

    static let sources = [
        "page": Self.page, "head": Self.head, "block": Self.block, "table": Self.table, "form": Self.form,
        "input": Self.input, "difference": Self.difference, "negotiation": Self.negotiation,
    ]

    private static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · Isthmus</title>
        <link rel="stylesheet" href="{{styleHref}}">
        <link rel="icon" type="image/svg+xml" href="/console/icon.svg">
        </head>
        <body class="{{#isSignedIn}}inside{{/isSignedIn}}{{^isSignedIn}}outside{{/isSignedIn}}">
        <a class="skip" href="#main">Skip to the content</a>
        {{> head}}
        <main id="main" tabindex="-1">
        <div class="title"><h1>{{title}}</h1>
        {{#hasActions}}<p class="links">{{#actions}}<a class="button{{^isPrimary}} plain{{/isPrimary}}" href="{{linkHref}}">{{linkLabel}}</a>
        {{/actions}}</p>{{/hasActions}}</div>
        {{#notice}}<p class="message good" role="status">{{.}}</p>{{/notice}}
        {{#problem}}<p class="message bad" role="alert">{{.}}</p>{{/problem}}
        {{#introduction}}<p class="introduction">{{.}}</p>{{/introduction}}
        {{#blocks}}{{> block}}{{/blocks}}
        </main>
        </body>
        </html>
        """

    /// The bar with the name, and the pages.
    ///
    /// On a phone the pages are behind a button, which needs no script
    /// ([HTML, the popover attribute](https://html.spec.whatwg.org/multipage/popover.html)).
    private static let head = """
        <header class="bar">
        <p class="brand"><a href="/console">Isthmus</a></p>
        {{#isSignedIn}}
        {{#staged}}<a class="staged" href="/console/changes">{{.}}</a>{{/staged}}
        <form method="post" action="/console/sign-out" class="who">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <span>{{user}} ({{role}})</span> <button class="plain">Sign out</button>
        </form>
        <button type="button" class="menu plain" popovertarget="pages">Menu</button>
        {{/isSignedIn}}
        </header>
        {{#isSignedIn}}
        <nav id="pages" popover aria-label="Pages">
        {{#sections}}
        <p id="{{sectionID}}">{{sectionTitle}}</p>
        <ul aria-labelledby="{{sectionID}}">
        {{#pages}}<li><a href="{{pageHref}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{pageLabel}}</a></li>
        {{/pages}}</ul>
        {{/sections}}
        </nav>
        {{#hasTrail}}<nav class="trail" aria-label="Breadcrumb"><ol>{{#trail}}<li><a href="{{trailHref}}">{{trailLabel}}</a></li>{{/trail}}</ol></nav>{{/hasTrail}}
        {{/isSignedIn}}
        """

    private static let block = """
        {{#blockHeading}}<h2>{{headingText}}</h2>{{/blockHeading}}
        {{#blockText}}<p>{{paragraph}}</p>{{/blockText}}
        {{#blockMessage}}<p class="message {{messageTone}}">{{messageText}}</p>{{/blockMessage}}
        {{#blockFacts}}
        <dl class="facts">{{#facts}}<div><dt>{{factLabel}}</dt>
        <dd class="{{factTone}}">{{#isLinked}}<a href="{{factHref}}">{{factValue}}</a>{{/isLinked}}{{^isLinked}}{{factValue}}{{/isLinked}}</dd>
        </div>{{/facts}}</dl>
        {{/blockFacts}}
        {{#blockTable}}{{> table}}{{/blockTable}}
        {{#blockSearch}}
        <form method="get" class="search" role="search">
        {{#inputs}}{{> input}}{{/inputs}}
        <button>{{searchButton}}</button>
        {{#hasMore}}
        <details class="more"{{#isOpen}} open{{/isOpen}}><summary>More filters</summary>
        <div class="filters">{{#more}}{{> input}}{{/more}}</div></details>
        {{/hasMore}}
        </form>
        {{/blockSearch}}
        {{#blockForm}}{{> form}}{{/blockForm}}
        {{#blockForms}}<div class="deeds">{{#forms}}{{> form}}{{/forms}}</div>{{/blockForms}}
        {{#blockCode}}<figure><figcaption>{{codeLabel}}</figcaption>
        <pre tabindex="0" aria-label="{{codeLabel}}">{{codeText}}</pre></figure>{{/blockCode}}
        {{#blockLinks}}<p class="links">{{#links}}<a class="button{{^isPrimary}} plain{{/isPrimary}}" href="{{linkHref}}">{{linkLabel}}</a>
        {{/links}}</p>{{/blockLinks}}
        {{#blockDifferences}}{{#changes}}{{> difference}}{{/changes}}{{/blockDifferences}}
        {{#blockSteps}}
        <ol class="steps">{{#steps}}<li class="{{stepTone}}"><strong>{{stepName}}</strong> <span class="pill {{stepTone}}">{{stepOutcome}}</span>
        <p>{{stepText}}</p>{{#hasRemedy}}<p class="remedy">{{stepRemedy}}</p>{{/hasRemedy}}</li>{{/steps}}</ol>
        {{/blockSteps}}
        """

    /// The roles say again what the elements are: a table that is shown as cards is none to some readers otherwise.
    private static let table = """
        {{#isEmpty}}<p class="empty">{{emptyText}}</p>{{/isEmpty}}
        {{^isEmpty}}
        <div class="wide"><table role="table"{{#isPairs}} class="pairs"{{/isPairs}}>
        <caption>{{caption}}</caption>
        <thead role="rowgroup"><tr role="row">{{#columns}}<th scope="col" role="columnheader">{{columnLabel}}</th>{{/columns}}</tr></thead>
        <tbody role="rowgroup">
        {{#rows}}<tr role="row">{{#cells}}<td role="cell" data-label="{{column}}"{{#isPlain}} class="value"{{/isPlain}}{{#isCode}} class="long"{{/isCode}}>{{#isCode}}<code>{{cellText}}</code>{{/isCode}}{{#isLink}}<a href="{{cellHref}}">{{cellText}}</a>{{/isLink}}{{#isPill}}<span class="pill {{tone}}">{{cellText}}</span>{{/isPill}}{{#isMoment}}<span class="when"><time datetime="{{moment}}">{{cellText}}</time> <span class="ago">{{ago}}</span></span>{{/isMoment}}{{#isPlain}}{{cellText}}{{/isPlain}}{{#isButton}}<form method="post" action="{{cellAction}}"><input type="hidden" name="form-key" value="{{formKey}}"><input type="hidden" name="{{sentName}}" value="{{sentValue}}"><button class="plain small" aria-label="{{cellText}} {{cellObject}}">{{cellText}}</button></form>{{/isButton}}</td>{{/cells}}</tr>
        {{/rows}}</tbody>
        </table></div>
        {{/isEmpty}}
        """

    private static let form = """
        {{#hasMistakes}}
        <div class="message bad" role="alert" aria-labelledby="mistakes" tabindex="-1">
        <h2 id="mistakes">Nothing was changed: there is something to put right</h2>
        <ul>{{#mistakes}}<li>{{#hasField}}<a href="#{{mistakeField}}">{{mistakeText}}</a>{{/hasField}}{{^hasField}}{{mistakeText}}{{/hasField}}</li>{{/mistakes}}</ul>
        </div>
        {{/hasMistakes}}
        <form method="post" action="{{formAction}}" class="{{formClass}}">
        {{#formKey}}<input type="hidden" name="form-key" value="{{.}}">{{/formKey}}
        {{#hidden}}<input type="hidden" name="{{hiddenName}}" value="{{hiddenValue}}">{{/hidden}}
        {{#groups}}
        <fieldset{{#isNegotiation}} class="negotiation"{{/isNegotiation}}><legend>{{groupTitle}}</legend>
        {{#inputs}}{{> input}}{{/inputs}}
        {{#isNegotiation}}{{> negotiation}}{{/isNegotiation}}
        </fieldset>
        {{/groups}}
        <p class="buttons">{{#hasButton}}<button{{#isDangerous}} class="danger"{{/isDangerous}}>{{button}}</button>{{/hasButton}}
        {{#hasOther}}<button class="plain" formaction="{{otherAction}}">{{otherLabel}}</button>{{/hasOther}}
        {{#hasBack}}<a href="{{back}}">Cancel</a>{{/hasBack}}</p>
        </form>
        """

    private static let input = """
        <div class="field{{#isMistaken}} mistaken{{/isMistaken}}{{#isWhole}} whole{{/isWhole}}">
        <label for="{{inputID}}">{{inputLabel}}{{#isRequired}} <span class="needed">(required)</span>{{/isRequired}}</label>
        {{#isText}}<input id="{{inputID}}" name="{{inputName}}" type="{{inputType}}" value="{{inputValue}}"{{#isNumber}} inputmode="numeric"{{/isNumber}}{{#isMoment}} step="1"{{/isMoment}}{{#isRequired}} required{{/isRequired}}{{#isMistaken}} aria-invalid="true"{{/isMistaken}}{{#isDescribed}} aria-describedby="{{describedBy}}"{{/isDescribed}} autocomplete="off"{{^isSecret}} autocapitalize="none" spellcheck="false"{{/isSecret}}>{{/isText}}
        {{#isLines}}<textarea id="{{inputID}}" name="{{inputName}}" rows="{{rows}}" spellcheck="false"{{#isMistaken}} aria-invalid="true"{{/isMistaken}}{{#isDescribed}} aria-describedby="{{describedBy}}"{{/isDescribed}}>{{inputValue}}</textarea>{{/isLines}}
        {{#isCheck}}<input id="{{inputID}}" name="{{inputName}}" type="checkbox" value="true"{{#isDescribed}} aria-describedby="{{describedBy}}"{{/isDescribed}}>{{/isCheck}}
        {{#isChoice}}<select id="{{inputID}}" name="{{inputName}}"{{#hasPart}} data-part="{{inputPart}}"{{/hasPart}}{{#isMistaken}} aria-invalid="true"{{/isMistaken}}{{#isDescribed}} aria-describedby="{{describedBy}}"{{/isDescribed}}>
        {{#options}}<option value="{{optionValue}}"{{#isSelected}} selected{{/isSelected}}>{{optionLabel}}</option>{{/options}}
        </select>{{/isChoice}}
        {{#isMistaken}}<p class="mistake" id="mistake-{{inputID}}">{{inputMistake}}</p>{{/isMistaken}}
        {{#hasHint}}<p class="hint" id="hint-{{inputID}}">{{inputHint}}</p>{{/hasHint}}
        {{#explanations}}<p class="hint when-{{optionValue}}">{{explanation}}</p>
        {{/explanations}}
        </div>
        """

    private static let negotiation = """
        <div class="rows" role="status">
        {{#negotiationRows}}<p class="row row-{{number}} {{rowTone}}"><strong>Row {{number}}: {{choice}}.</strong> {{methods}} {{rowText}}</p>
        {{/negotiationRows}}</div>
        """

    private static let difference = """
        <section class="difference">
        <h2>{{object}} <span class="pill {{whatTone}}">{{what}}</span></h2>
        <table role="table" class="dense">
        <caption>What becomes of {{object}}</caption>
        <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Field</th>{{^isAdded}}<th scope="col" role="columnheader">Before</th>{{/isAdded}}{{^isRemoved}}<th scope="col" role="columnheader">After</th>{{/isRemoved}}</tr></thead>
        <tbody role="rowgroup">{{#fields}}<tr role="row"><th scope="row" role="rowheader">{{fieldLabel}}</th>{{^isAdded}}<td role="cell" data-label="Before"><del>{{before}}</del></td>{{/isAdded}}{{^isRemoved}}<td role="cell" data-label="After"><ins>{{after}}</ins></td>{{/isRemoved}}</tr>{{/fields}}</tbody>
        </table>
        </section>
        """
}
