internal import CXGBoost

/// Turns the library's return codes into errors with its own message.
func xgboost(_ call: () -> Int32) throws {
  guard call() == 0 else {
    let message = XGBGetLastError().map { String(cString: $0) } ?? "no message"
    // The message goes on with a C++ stack trace that tells a reader nothing.
    let text = message.prefix { $0 != "\n" }
    throw RankerError(.library, String(text))
  }
}

/// JSON of the array interface by which the library reads our memory in place.
func arrayInterface(_ values: UnsafeBufferPointer<Float>, rows: Int, columns: Int) -> String {
  let address = values.baseAddress.map { UInt(bitPattern: $0) } ?? 0
  return #"{"data":[\#(address),true],"shape":[\#(rows),\#(columns)],"typestr":"<f4","version":3}"#
}
