package import API
import Foundation
import Synchronization

/// Watches this machine's NVIDIA GPUs through the driver's own library, which is looked for when the program runs: a machine
/// without it simply has no GPUs.
///
/// Index, here and in `Device`, is the driver's: by PCI bus. CUDA counts the same way only under `CUDA_DEVICE_ORDER=PCI_BUS_ID`,
/// which sessions therefore get.
package final class DeviceMonitor: Sendable {
    /// Set to use another library than the system's.
    package static let libraryVariable = "NSML_NVML_LIBRARY"
    package static let standardLibrary = "libnvidia-ml.so.1"

    /// Why there are no GPUs, or fewer than expected; for `nsml status`.
    package let notes: [String]
    private let found: [Device]
    private let library: Mutex<NVML?>

    /// Loads the library and looks at the devices once. Never fails: what cannot be had is in `notes`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        var notes: [String] = []
        var found: [Device] = []
        var loaded: NVML?
        do {
            let path = environment[Self.libraryVariable].flatMap { $0.isEmpty ? nil : $0 } ?? Self.standardLibrary
            let nvml = try NVML(path: path)
            (found, notes) = nvml.devices(visible: environment["CUDA_VISIBLE_DEVICES"])
            if found.isEmpty, notes.isEmpty { notes = ["no GPU: the driver reports none"] }
            loaded = nvml
        } catch {
            notes = ["no GPU: \(error.message)"]
        }
        self.notes = notes
        self.found = found
        library = Mutex(loaded)
    }

    deinit {
        library.withLock { $0?.shutDown() }
    }

    /// The GPUs that were found at the start, without those that `CUDA_VISIBLE_DEVICES` hides from us.
    package func devices() -> [Device] { found }

    /// What they do now; some milliseconds. A device that has stopped answering has nil everywhere but in its index.
    package func usage() -> [DeviceUsage] {
        library.withLock { nvml in
            found.map { nvml?.usage(of: $0.index) ?? DeviceUsage(index: $0.index) }
        }
    }
}
