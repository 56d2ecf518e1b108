import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// A real Chromium, told what to do by [WebDriver](https://www.w3.org/TR/webdriver2/).
final class Browser {
    /// A key that has no character ([WebDriver §15.4.2](https://www.w3.org/TR/webdriver2/#keyboard-actions)).
    enum Key: String {
        case tab = "\u{E004}"
        case enter = "\u{E007}"
        case shift = "\u{E008}"
        case escape = "\u{E00C}"
    }

    private static let driverPath = "/usr/bin/chromedriver"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: self.driverPath) }

    private let driver: ChildProcess
    private let base: String
    private var session = ""

    /// Runs `body` with a browser of its own, which is gone afterwards.
    static func run(hasScripts: Bool = true, _ body: (Browser) async throws -> Void) async throws {
        let scratch = try Scratch("browser")
        let browser = try await Browser(scratch)
        do {
            try await browser.begin(scratch, hasScripts: hasScripts)
            try await body(browser)
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }

    private init(_ scratch: Scratch) async throws {
        (self.driver, self.base) = try await Self.startDriver(scratch)
    }

    /// A driver that listens.
    ///
    /// It is told its port: where there is no IPv6 it takes one of its own for IPv4, and says that it is 0. It listens there for IPv6 as
    /// well; when another program has the port it ends, or says nothing more. Another one is started in its place, three at most.
    private static func startDriver(_ scratch: Scratch, attempt: Int = 1) async throws -> (ChildProcess, String) {
        let log = scratch.file("chromedriver-\(attempt).log")
        let port = try FreePort.any()
        let driver = try ChildProcess(
            Self.driverPath,
            ["--port=\(port)"],
            environment: ["HOME": scratch.folder.path, "TMPDIR": scratch.folder.path],
            log: log
        )
        func said() -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
        func listens() -> Bool { said().contains("started successfully on port \(port)") }
        try? await eventually("chromedriver to listen") { listens() || !driver.isRunning }
        if listens(), driver.isRunning { return (driver, "http://127.0.0.1:\(port)") }
        driver.kill()
        guard attempt < 3 else { throw ConditionNotMet(description: "chromedriver to listen; it says: \(said())") }
        return try await self.startDriver(scratch, attempt: attempt + 1)
    }

    private func begin(_ scratch: Scratch, hasScripts: Bool) async throws {
        var arguments = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900", "--lang=en",
            "--user-data-dir=\(scratch.file("profile").path)", "--hide-scrollbars",
        ]
        // COMPAT(Chromium): its own sandbox is not to be had as root, as in CI.
        if geteuid() == 0 { arguments.append("--no-sandbox") }
        var options: [String: Any] = ["args": arguments]
        if !hasScripts { options["prefs"] = ["profile.managed_default_content_settings.javascript": 2] }
        let wish: [String: Any] = ["goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"]]
        let answer = try await self.send(.POST, "/session", ["capabilities": ["alwaysMatch": wish]])
        self.session = "/session/\((answer as? [String: Any])?["sessionId"] as? String ?? "")"
    }

    private func close() async {
        if !self.session.isEmpty { _ = try? await self.send(.DELETE, self.session) }
        // It has nothing to finish, and takes its time for it.
        self.driver.kill()
        try? await self.driver.waitForExit(within: .seconds(20))
    }

    // MARK: Pages

    func open(_ address: String) async throws { try await self.tell("/url", ["url": address]) }
    func back() async throws { try await self.tell("/back", [:]) }
    func reload() async throws { try await self.tell("/refresh", [:]) }

    var title: String {
        get async throws { try await self.send(.GET, self.session + "/title") as? String ?? "" }
    }

    var address: String {
        get async throws { try await self.send(.GET, self.session + "/url") as? String ?? "" }
    }

    /// The text a reader sees.
    func text(_ selector: String = "body") async throws -> String {
        try await self.send(.GET, "\(self.session)/element/\(try await self.element(selector))/text") as? String ?? ""
    }

    func count(_ selector: String) async throws -> Int {
        let wish = ["using": "css selector", "value": selector]
        return (try await self.send(.POST, self.session + "/elements", wish) as? [Any])?.count ?? 0
    }

    func isVisible(_ selector: String) async throws -> Bool {
        try await self.send(.GET, "\(self.session)/element/\(try await self.element(selector))/displayed") as? Bool
            ?? false
    }

    func value(_ selector: String) async throws -> String {
        let element = try await self.element(selector)
        return try await self.send(.GET, "\(self.session)/element/\(element)/property/value") as? String ?? ""
    }

    // MARK: Acts

    func click(_ selector: String) async throws {
        try await self.tell("/element/\(try await self.element(selector))/click", [:])
    }

    /// Does what leads to another page, and waits until that is there.
    func follow(_ act: () async throws -> Void) async throws {
        let old = try await self.element("html")
        try await act()
        try await eventually("another page") {
            do {
                _ = try await self.send(.GET, "\(self.session)/element/\(old)/name")
                return false
            } catch is BrowserError {
                return true
            }
        }
        _ = try await eventually("the page to be complete") { try? await self.element("body") }
    }

    /// Clicks on what leads to another page.
    func follow(_ selector: String) async throws { try await self.follow { try await self.click(selector) } }

    func type(_ text: String, into selector: String) async throws {
        let element = try await self.element(selector)
        try await self.tell("/element/\(element)/clear", [:])
        try await self.tell("/element/\(element)/value", ["text": text])
    }

    func choose(_ value: String, of selector: String) async throws {
        try await self.click("\(selector) option[value='\(value)']")
    }

    /// Presses keys one after the other, whatever has the focus.
    func press(_ keys: Key..., holding held: Key? = nil) async throws {
        var actions: [[String: String]] = held.map { [["type": "keyDown", "value": $0.rawValue]] } ?? []
        for key in keys {
            actions += [["type": "keyDown", "value": key.rawValue], ["type": "keyUp", "value": key.rawValue]]
        }
        if let held { actions.append(["type": "keyUp", "value": held.rawValue]) }
        try await self.tell(
            "/actions",
            ["actions": [["type": "key", "id": "keyboard", "actions": actions] as [String: Any]]]
        )
    }

    /// Types into whatever has the focus.
    func write(_ text: String) async throws {
        let actions = text.flatMap {
            [["type": "keyDown", "value": String($0)], ["type": "keyUp", "value": String($0)]]
        }
        try await self.tell(
            "/actions",
            ["actions": [["type": "key", "id": "keyboard", "actions": actions] as [String: Any]]]
        )
    }

    /// Runs a script in the page and takes its result: WebDriver may, whatever the page's policy says.
    func evaluate(_ script: String) async throws -> Any {
        try await self.send(.POST, self.session + "/execute/sync", ["script": script, "args": [String]()])
    }

    /// What the console of the browser says since the last time: violations of the content policy, errors.
    func complaints() async throws -> [String] {
        let entries = try await self.send(.POST, self.session + "/se/log", ["type": "browser"]) as? [[String: Any]]
        // The browser's own first page, which nobody has asked for, has complaints too.
        return (entries ?? []).compactMap { $0["message"] as? String }.filter { !$0.hasPrefix("chrome://") }
    }

    // MARK: Screens

    /// The size of the window, and whether it is a phone's.
    func resize(width: Int, height: Int, isPhone: Bool = false) async throws {
        try await self.tellChromium(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": isPhone]
        )
    }

    func prefer(dark: Bool) async throws {
        let features = [
            ["name": "prefers-color-scheme", "value": dark ? "dark" : "light"],
            // No colour is on its way to another when it is looked at.
            ["name": "prefers-reduced-motion", "value": "reduce"],
        ]
        try await self.tellChromium("Emulation.setEmulatedMedia", ["features": features])
    }

    /// The whole page, beyond what the window shows.
    func picture(to file: URL) async throws {
        let answer = try await self.tellChromium(
            "Page.captureScreenshot",
            ["format": "png", "captureBeyondViewport": true]
        )
        let text = (answer as? [String: Any])?["data"] as? String ?? ""
        try Data(base64Encoded: text)?.write(to: file)
    }

    // MARK: The wire

    @discardableResult
    private func tellChromium(_ command: String, _ parameters: [String: Any]) async throws -> Any {
        try await self.send(.POST, self.session + "/goog/cdp/execute", ["cmd": command, "params": parameters])
    }

    private func tell(_ path: String, _ body: [String: Any]) async throws {
        _ = try await self.send(.POST, self.session + path, body)
    }

    private func element(_ selector: String) async throws -> String {
        let wish = ["using": "css selector", "value": selector]
        let answer = try await self.send(.POST, self.session + "/element", wish) as? [String: String]
        return answer?.values.first ?? ""
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil) async throws -> Any {
        var request = HTTPClientRequest(url: self.base + path)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let answer = try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
        let value = answer?["value"] ?? NSNull()
        if let error = value as? [String: Any], let name = error["error"] as? String {
            throw BrowserError(description: "\(method) \(path) \(body ?? [:]): \(name): \(error["message"] ?? "")")
        }
        return value
    }
}

/// What the browser could not do.
struct BrowserError: Error, CustomStringConvertible { let description: String }
