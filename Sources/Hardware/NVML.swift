import API
import Glibc

/// The few calls of NVIDIA's management library that we need, found by name at run time. All of them return 0 for success.
struct NVML {
    /// Why the library cannot be used.
    struct Unusable: Error {
        var message: String
    }

    private typealias Plain = @convention(c) () -> Int32
    private typealias ErrorText = @convention(c) (Int32) -> UnsafePointer<CChar>?
    private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Handle = @convention(c) (UInt32, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    private typealias Text = @convention(c) (OpaquePointer, UnsafeMutablePointer<CChar>, UInt32) -> Int32
    private typealias Number = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Temperature = @convention(c) (OpaquePointer, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Memory = @convention(c) (OpaquePointer, UnsafeMutablePointer<UInt64>) -> Int32

    private static let textCapacity = 96
    /// More than any machine has; a library that answers more is not believed.
    private static let maximumDevices: UInt32 = 256

    private let library: UnsafeMutableRawPointer

    /// Loads the library and starts it.
    init(path: String) throws(Unusable) {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let why = dlerror().map { String(cString: $0) } ?? path
            throw Unusable(message: why.contains("No such file") ? "\(path) is not on this machine" : "cannot load \(why)")
        }
        self.library = library
        guard let start: Plain = call("nvmlInit_v2") else {
            throw Unusable(message: "\(path) is not NVIDIA's management library")
        }
        let status = start()
        guard status == 0 else { throw Unusable(message: "NVIDIA's driver says '\(text(ofError: status))'") }
    }

    func shutDown() {
        let stop: Plain? = call("nvmlShutdown")
        _ = stop?()
    }

    /// The devices that answer, and sentences about those that do not.
    func devices(visible: String?) -> ([Device], [String]) {
        var count: UInt32 = 0
        guard let counting: Count = call("nvmlDeviceGetCount_v2") else { return ([], ["no GPU: the driver is too old"]) }
        let status = counting(&count)
        guard status == 0 else { return ([], ["no GPU: the driver says '\(text(ofError: status))'"]) }
        var devices: [Device] = []
        var notes: [String] = []
        for index in 0..<min(count, Self.maximumDevices) {
            guard let handle = handle(index) else {
                notes.append("GPU \(index) does not answer and is left out")
                continue
            }
            let name = text("nvmlDeviceGetName", of: handle) ?? "GPU"
            let memory = memory(of: handle)?.total ?? 0
            let device = Device(index: Int(index), name: name, uuid: text("nvmlDeviceGetUUID", of: handle), memoryBytes: memory)
            if Self.isVisible(device, in: visible) { devices.append(device) }
        }
        return (devices, notes)
    }

    func usage(of index: Int) -> DeviceUsage? {
        guard let handle = UInt32(exactly: index).flatMap(handle) else { return nil }
        return DeviceUsage(
            index: index, memoryUsedBytes: memory(of: handle)?.used, utilizationPercent: utilization(of: handle),
            temperatureCelsius: temperature(of: handle),
            powerWatts: number("nvmlDeviceGetPowerUsage", of: handle).map { Double($0) / 1_000 })
    }

    /// Whether `CUDA_VISIBLE_DEVICES`, as it was set for us, leaves us this device: a list of indices and of UUIDs or their beginnings.
    static func isVisible(_ device: Device, in list: String?) -> Bool {
        guard let list else { return true }
        return list.split(separator: ",").contains { part in
            let entry = part.drop { $0 == " " }
            return Int(entry) == device.index || (entry.hasPrefix("GPU-") && device.uuid?.hasPrefix(entry) == true)
        }
    }
}

// MARK: Calls
extension NVML {
    private func call<Function>(_ name: String) -> Function? {
        dlsym(library, name).map { unsafeBitCast($0, to: Function.self) }
    }

    private func text(ofError status: Int32) -> String {
        let describe: ErrorText? = call("nvmlErrorString")
        return describe?(status).map { String(cString: $0) } ?? "error \(status)"
    }

    private func handle(_ index: UInt32) -> OpaquePointer? {
        var handle: OpaquePointer?
        guard let find: Handle = call("nvmlDeviceGetHandleByIndex_v2"), find(index, &handle) == 0 else { return nil }
        return handle
    }

    private func text(_ name: String, of handle: OpaquePointer) -> String? {
        guard let ask: Text = call(name) else { return nil }
        var buffer = [CChar](repeating: 0, count: Self.textCapacity)
        guard ask(handle, &buffer, UInt32(Self.textCapacity)) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func number(_ name: String, of handle: OpaquePointer) -> UInt32? {
        var value: UInt32 = 0
        guard let ask: Number = call(name), ask(handle, &value) == 0 else { return nil }
        return value
    }

    private func memory(of handle: OpaquePointer) -> (total: Int64, used: Int64)? {
        // `nvmlMemory_t` is three numbers in a row: total, free, used.
        var amounts = [UInt64](repeating: 0, count: 3)
        guard let ask: Memory = call("nvmlDeviceGetMemoryInfo"), ask(handle, &amounts) == 0 else { return nil }
        return (Int64(clamping: amounts[0]), Int64(clamping: amounts[2]))
    }

    private func temperature(of handle: OpaquePointer) -> Int? {
        var degrees: UInt32 = 0
        // Sensor 0 is the GPU's own, and the only one there is.
        guard let ask: Temperature = call("nvmlDeviceGetTemperature"), ask(handle, 0, &degrees) == 0 else { return nil }
        return Int(degrees)
    }

    private func utilization(of handle: OpaquePointer) -> Int? {
        // `nvmlUtilization_t` is two numbers in a row: of the GPU and of its memory.
        var percents = [UInt32](repeating: 0, count: 2)
        guard let ask: Number = call("nvmlDeviceGetUtilizationRates"), ask(handle, &percents) == 0 else { return nil }
        return Int(percents[0])
    }
}
