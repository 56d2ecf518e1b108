import Testing

extension Tag {
    @Tag static var bus: Self
    @Tag static var vectors: Self
}
