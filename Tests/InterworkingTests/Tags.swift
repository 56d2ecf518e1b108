import Testing

extension Tag {
    @Tag static var interworking: Self
    @Tag static var vectors: Self
}
