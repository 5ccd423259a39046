package import API

/// About the page.
extension APIClient {
    /// A code that a browser signs in with, once.
    package func signInCode() async throws -> SignInCode { try await call(Endpoints.addSignInCode) }

    /// Finds or starts a TensorBoard of these sessions.
    package func openTensorBoard(of sessions: [SessionName]) async throws -> TensorBoardRecord {
        try await call(Endpoints.openTensorBoard, body: NewTensorBoard(sessions: sessions))
    }
}
