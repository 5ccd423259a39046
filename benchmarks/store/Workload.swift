import Foundation
import Store

/// What a training of the benchmark reports: four values a report, floats as a GPU gives them, every ten milliseconds or so.
struct Workload {
    static let names = ["train/loss", "train/accuracy", "grad_norm", "lr"]
    private var state: UInt64
    private var time = 1_795_400_000.0
    private var step = 0

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// 0 to 1, always the same sequence for a seed.
    private mutating func random() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double((state ^ state >> 29) >> 11) / Double(1 << 53)
    }

    mutating func report() -> Report {
        step += 10
        time += 0.008 + 0.004 * random()
        let loss = Double(Float(2 / (1 + Double(step) * 1e-4) + 0.1 * random()))
        let accuracy = Double(Float(1 - loss / 4 + 0.02 * random()))
        let norm = Double(Float(0.5 + random()))
        let rate = Double(Float(1e-3 * (1 - Double(step) * 1e-7)))
        return Report(
            step: Int64(step), timeMilliseconds: Int64(time * 1_000), isSummary: true,
            values: Array(zip(Self.names, [loss, accuracy, norm, rate])).map { (name: $0, value: $1) })
    }

    /// The same as a line of a journal.
    mutating func line() -> String {
        let report = report()
        let values = report.values.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",")
        return """
            {"kind":"report","time":\(String(format: "%.6f", time)),"step":\(report.step),"summary":true,"values":{\(values)}}

            """
    }
}
