import Hummingbird
import Policy
import Wire

extension Response {
    /// What a change that is no commit would come to, told as a commit's outcome is; nothing was done.
    ///
    /// `steps` say what was looked at beforehand: whether a certificate would serve.
    init(preview changes: [ObjectChange], steps: [TestStep] = []) {
        var members: [DocumentValue.Member] = [.init("dry-run", .flag(true))]
        members += ChangeReport(changes).members
        members.append(.init("steps", .list(steps.map(\.document))))
        self.init(document: .object(members))
    }
}
