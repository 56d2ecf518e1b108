import Testing

extension Tag {
    @Tag static var sip: Self
}
