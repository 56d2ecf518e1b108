import Foundation

extension World {
    /// A page of the console as its HTML, for the administrator, who signs in for it: `certificates`.
    public func console(_ page: String) async throws -> String {
        let (root, jar) = ("\(self.endpoints["ISTHMUS_API"] ?? "")/console", self.scratch.file("cookies").path)
        let token = "token@\(self.endpoints["ISTHMUS_TOKEN_FILE"] ?? "")"
        let signIn = ["-sf", "-c", jar, "--data-urlencode", token, "\(root)/sign-in"]
        let signedIn = try await ChildProcess.run("/usr/bin/curl", signIn)
        guard signedIn.status == 0 else { throw WorldError(description: "the console: \(signedIn.output)") }
        return try await ChildProcess.run("/usr/bin/curl", ["-sf", "-b", jar, "\(root)/\(page)"]).output
    }
}
