import Testing

extension Tag {
    @Tag static var sip: Self
    @Tag static var vectors: Self
}
