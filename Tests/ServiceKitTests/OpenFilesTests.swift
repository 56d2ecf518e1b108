import Glibc
import TestSupport
import Testing

@testable import ServiceKit

/// Each in a process of its own: the limit is the whole process'.
@Suite struct OpenFilesTests {
    @Test func `A service takes the hard limit of open files, whatever it was started with`() async {
        await #expect(processExitsWith: .success) {
            lower(to: 128)
            #expect(OpenFiles.limit == 128)
            OpenFiles.raise()
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #expect(limit.rlim_cur == limit.rlim_max && OpenFiles.limit > 128)
        }
    }

    @Test func `It warns when its settings ask for more than that`() async {
        await #expect(processExitsWith: .success) {
            lower(to: 500)
            let logs = LogCollector()
            let context = ServiceContext(name: "sample", instance: "a", logger: LogCollector.logger("sample", to: logs))
            context.expectConnections(300)
            #expect(logs.lines.isEmpty)
            context.expectConnections(301)
            #expect(logs.lines.count == 1)
        }
    }
}

private func lower(to count: Int) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = rlim_t(count)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
