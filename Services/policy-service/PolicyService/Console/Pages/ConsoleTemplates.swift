import Mustache

/// The pages of the console.
///
/// Whatever is put into `{{…}}` is escaped; there is no `{{{…}}}` in them.
enum ConsoleTemplates {
    /// Compiled once.
    static func library() throws -> MustacheLibrary {
        MustacheLibrary(
            templates: try Self.sources.mapValues { try MustacheTemplate(string: $0) }
        )
    }

    private static let sources = [
        "layout": Self.layout, "sign-in": Self.signIn, "overview": Self.overview, "table": Self.table,
        "form": Self.form, "confirm": Self.confirm, "text": Self.text,
    ]

    private static let layout = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · Isthmus</title>
        <link rel="stylesheet" href="/console/style.css">
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
        <p class="name"><a href="/console">Isthmus</a></p>
        {{#isSignedIn}}
        <nav aria-label="Pages"><ul>
        {{#pages}}<li><a href="{{href}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{label}}</a></li>
        {{/pages}}</ul></nav>
        <form method="post" action="/console/sign-out" class="who">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <span>{{user}} ({{role}})</span> <button>Sign out</button>
        </form>
        {{/isSignedIn}}
        </header>
        <main id="main">
        <h1>{{title}}</h1>
        {{#notice}}<p class="notice" role="status">{{.}}</p>{{/notice}}
        {{#problem}}<p class="problem" role="alert">{{.}}</p>{{/problem}}
        {{$body}}{{/body}}
        </main>
        </body>
        </html>
        """

    private static let signIn = """
        {{<layout}}{{$body}}
        <form method="post" action="/console/sign-in">
        <p><label for="token">API token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
        <p><button>Sign in</button></p>
        </form>
        <p>The first start of policy-service has left the administrator's token in the file of <code>ISTHMUS_API_TOKEN_PATH</code>;
        <code>isthmusctl token add NAME</code> makes others.</p>
        {{/body}}{{/layout}}
        """

    private static let overview = """
        {{<layout}}{{$body}}
        <dl class="facts">{{#facts}}<div><dt>{{label}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
        <h2>Edges</h2>
        {{^edges}}<p>No edge is alive.</p>{{/edges}}
        <div class="scroll"><table>
        <thead><tr><th scope="col">Edge</th><th scope="col">Kind</th><th scope="col">Last heard</th><th scope="col">Policy</th></tr></thead>
        <tbody>{{#edges}}<tr><td>{{instance}}</td><td>{{kind}}</td><td>{{heard}}</td><td>{{policy}}</td></tr>{{/edges}}</tbody>
        </table></div>
        <h2>What there is to say about the configuration</h2>
        {{^findings}}<p>Nothing.</p>{{/findings}}
        <ul>{{#findings}}<li><strong>{{severity}}</strong> {{object}}: {{field}}: {{problem}}; {{remedy}}</li>{{/findings}}</ul>
        <h2>Refused lately</h2>
        {{^refusals}}<p>Nothing.</p>{{/refusals}}
        <ul>{{#refusals}}<li>{{time}}: {{subject}} from {{from}} to {{to}}: {{reason}}; {{text}}</li>{{/refusals}}</ul>
        {{/body}}{{/layout}}
        """

    private static let table = """
        {{<layout}}{{$body}}
        {{#introduction}}<p>{{.}}</p>{{/introduction}}
        {{#add}}<p><a class="button" href="{{href}}">{{label}}</a></p>{{/add}}
        {{#hasSearch}}
        <form method="get" class="search" role="search">
        {{#searches}}<p><label for="search-{{name}}">{{label}}</label>
        <input id="search-{{name}}" name="{{name}}" value="{{value}}"></p>{{/searches}}
        <p><button>Search</button></p>
        </form>
        {{/hasSearch}}
        {{#isEmpty}}<p>There is nothing to show.</p>{{/isEmpty}}
        {{^isEmpty}}
        <div class="scroll"><table>
        <thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead>
        <tbody>
        {{#rows}}<tr>{{#cells}}<td>{{#href}}<a href="{{.}}">{{/href}}{{text}}{{#href}}</a>{{/href}}</td>{{/cells}}</tr>
        {{/rows}}</tbody>
        </table></div>
        {{/isEmpty}}
        {{#next}}<p><a href="{{.}}">More</a></p>{{/next}}
        {{/body}}{{/layout}}
        """

    private static let form = """
        {{<layout}}{{$body}}
        {{#mistakes}}<p class="problem" role="alert">{{object}}: {{field}} {{value}}: {{problem}}; {{remedy}}</p>{{/mistakes}}
        <form method="post" action="{{action}}">
        <input type="hidden" name="form-key" value="{{formKey}}">
        {{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}
        {{#fields}}
        <p><label for="field-{{name}}">{{name}}</label>
        {{#isText}}<input id="field-{{name}}" name="field-{{name}}" value="{{value}}"{{#isMistaken}} aria-invalid="true"{{/isMistaken}}>{{/isText}}
        {{#isNumber}}<input id="field-{{name}}" name="field-{{name}}" value="{{value}}" inputmode="numeric"{{#isMistaken}} aria-invalid="true"{{/isMistaken}}>{{/isNumber}}
        {{#isLines}}<textarea id="field-{{name}}" name="field-{{name}}" rows="4"{{#isMistaken}} aria-invalid="true"{{/isMistaken}}>{{value}}</textarea>{{/isLines}}
        {{#isChoice}}<select id="field-{{name}}" name="field-{{name}}"{{#isMistaken}} aria-invalid="true"{{/isMistaken}}>
        {{#options}}<option value="{{value}}"{{#isSelected}} selected{{/isSelected}}>{{label}}</option>{{/options}}
        </select>{{/isChoice}}</p>
        {{/fields}}
        <p><button>{{submit}}</button> {{#back}}<a href="{{.}}">Cancel</a>{{/back}}</p>
        </form>
        {{#removal}}
        <form method="post" action="{{action}}">
        <input type="hidden" name="form-key" value="{{formKey}}">
        <input type="hidden" name="key" value="{{key}}">
        <input type="hidden" name="what" value="remove">
        <p><button class="danger">{{label}}</button></p>
        </form>
        {{/removal}}
        {{/body}}{{/layout}}
        """

    private static let confirm = """
        {{<layout}}{{$body}}
        {{#isEmpty}}<p>This changes nothing.</p>{{/isEmpty}}
        {{#changes}}
        <h2>{{object}} <small>{{what}}</small></h2>
        <div class="scroll"><table>
        <thead><tr><th scope="col">field</th><th scope="col">now</th><th scope="col">then</th></tr></thead>
        <tbody>{{#fields}}<tr><th scope="row">{{name}}</th><td><del>{{before}}</del></td><td><ins>{{after}}</ins></td></tr>{{/fields}}</tbody>
        </table></div>
        {{/changes}}
        {{#warnings}}<p class="warning">{{object}}: {{field}} {{value}}: {{problem}}; {{remedy}}</p>{{/warnings}}
        {{^isEmpty}}
        <form method="post" action="{{action}}">
        <input type="hidden" name="form-key" value="{{formKey}}">
        {{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}
        <p><label for="reason">Why, for the audit log</label>
        <input id="reason" name="reason" maxlength="500"></p>
        <p><button>Commit</button> <a href="{{back}}">Cancel</a></p>
        </form>
        {{/isEmpty}}
        {{/body}}{{/layout}}
        """

    private static let text = """
        {{<layout}}{{$body}}
        {{#introduction}}<p>{{.}}</p>{{/introduction}}
        {{#warnings}}<p class="warning">{{.}}</p>{{/warnings}}
        <pre>{{content}}</pre>
        {{#submit}}
        <form method="post" action="{{action}}">
        <input type="hidden" name="form-key" value="{{formKey}}">
        {{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}
        {{#needsForce}}<p><label><input type="checkbox" name="force" value="true"> Do it although it deletes much</label></p>{{/needsForce}}
        <p><label for="reason">Why, for the audit log</label>
        <input id="reason" name="reason" maxlength="500"></p>
        <p><button>{{label}}</button></p>
        </form>
        {{/submit}}
        {{/body}}{{/layout}}
        """
}
