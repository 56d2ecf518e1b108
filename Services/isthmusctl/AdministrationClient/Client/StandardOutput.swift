import Glibc

/// What is printed line by line, while it happens, is not kept back until there is a page of it.
enum StandardOutput {
    static func flush() { fflush(nil) }
}
