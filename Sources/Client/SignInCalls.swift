package import API

/// About the page.
extension APIClient {
    /// A code that a browser signs in with, once.
    package func signInCode() async throws -> SignInCode { try await call(Endpoints.addSignInCode) }
}
