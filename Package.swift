// swift-tools-version:6.2
// The house of recsys: one folder = one target = one module. Imports go down only; every edge is declared here,
// and CI builds with --explicit-target-dependency-import-check error. See Services/README.md.

import PackageDescription

// CI sets this; a newcomer's newer compiler with a new warning must not stop the build.
let strict: [SwiftSetting] =
  Context.environment["RECSYS_WARNINGS_AS_ERRORS"] != nil ? [.treatAllWarnings(as: .error)] : []
let settings: [SwiftSetting] =
  [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
  + strict

// MARK: Outside libraries, by need

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")
let http: Target.Dependency = .product(name: "FlyingFox", package: "FlyingFox")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")

// MARK: How a target of each room looks

func library(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Shared/\(name)", swiftSettings: settings)
}

func service(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: "\(folder)Service", dependencies: dependencies, path: "Services/\(folder)/Service",
    swiftSettings: settings)
}

func program(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Services/\(folder)/Main",
    swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
    path: "Tests/\(name)Tests", swiftSettings: settings)
}

func cLibrary(_ name: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Shared/\(name)", providers: [.apt([apt])])
}

func cxxLibrary(_ name: String, _ dependencies: [Target.Dependency] = [], links: [String]) -> Target
{
  .target(
    name: name, dependencies: dependencies, path: "Shared/\(name)",
    linkerSettings: links.map { .linkedLibrary($0) })
}

/// What every service's tests call it with.
let serviceTests: [Target.Dependency] = [
  "RPC", "ServiceContracts", "RecommendationCore", "RecommendationProtos", protobuf, log,
]

func benchmark(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Tests/Benchmarks/\(folder)",
    swiftSettings: settings)
}

func cxxBenchmark(_ name: String, _ folder: String, links: [String]) -> Target {
  .executableTarget(
    name: name, path: "Tests/Benchmarks/\(folder)",
    linkerSettings: links.map { .linkedLibrary($0) })
}

let grpcLibraries = [
  "grpc++", "grpc", "gpr", "absl_synchronization", "protobuf",
]

let package = Package(
  name: "recsys",
  products: [
    .executable(name: "recsys", targets: ["recsys"]),
    .executable(name: "recsys-gateway", targets: ["recsys-gateway"]),
    .executable(name: "recsys-candidates", targets: ["recsys-candidates"]),
    .executable(name: "recsys-features", targets: ["recsys-features"]),
    .executable(name: "recsys-ranking", targets: ["recsys-ranking"]),
    .executable(name: "recsys-explanation", targets: ["recsys-explanation"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // MARK: Layer 0: C and C++ libraries, each opened by one Swift target
    cxxLibrary("CGRPC", links: grpcLibraries),
    cxxLibrary("CFaiss", ["COpenBLAS"], links: ["faiss", "gomp", "openblas", "m"]),
    cxxLibrary("CVectors", links: ["m"]),
    cxxLibrary("CKernels", links: []),
    cxxLibrary("CTrees", links: []),
    cLibrary("COpenBLAS", apt: "libopenblas-dev"),
    cLibrary("CXGBoost", apt: "libxgboost-dev"),
    cLibrary("CRocksDB", apt: "librocksdb-dev"),
    cLibrary("CPNG", apt: "libpng-dev"),
    cLibrary("CHiredis", apt: "libhiredis-dev"),
    cLibrary("CZlib", apt: "zlib1g-dev"),

    // MARK: Layer 1
    library("Timing", []),
    library("RPC", ["CGRPC", "Timing", protobuf]),
    library("LinearAlgebra", ["COpenBLAS", "CKernels"]),
    library("Images", ["CPNG"]),
    library("KeyValueStore", ["CRocksDB"]),
    library("Redis", ["CHiredis"]),
    library("RecommendationCore", []),
    library("RecommendationProtos", [protobuf], path: "Protos/Generated"),
    library("StagePipeline", ["Timing", log, metrics]),

    // MARK: Layer 2
    library(
      "ServiceContracts",
      ["RPC", "Catalogue", "RecommendationCore", "RecommendationProtos", protobuf]),
    library("Artifacts", ["RecommendationCore"]),
    library("Catalogue", ["RecommendationCore"]),
    library(
      "BusinessRules",
      [
        "Artifacts", "Catalogue", "RecommendationCore", "RecommendationProtos", "ServiceContracts",
        protobuf, yaml,
      ]),
    library("Features", ["RecommendationCore", "KeyValueStore", "Catalogue", "Redis"]),
    library(
      "VectorSearch",
      ["CFaiss", "CVectors", "LinearAlgebra", "Artifacts", "RecommendationCore"]),
    library("Models", ["RecommendationCore", "LinearAlgebra", "Artifacts"]),
    library(
      "Recommenders",
      ["RecommendationCore", "LinearAlgebra", "Models", "Evaluation", "Artifacts", "Datasets"]),
    library("Text", ["RecommendationCore", "LinearAlgebra", "Artifacts"]),
    library("Rankers", ["CXGBoost", "CTrees", "RecommendationCore", "Artifacts", "Evaluation"]),
    library("Reranking", ["RecommendationCore"]),
    library(
      "Explanations", ["RecommendationCore", "LinearAlgebra", "Models", "Text", "Catalogue"]),
    library("Evaluation", ["RecommendationCore", "LinearAlgebra"]),
    library("Datasets", ["CZlib", "RecommendationCore", "Artifacts"]),
    library("SyntheticWorld", ["Images", "RecommendationCore", "Datasets", "Artifacts"]),
    library(
      "ServiceRuntime",
      [
        "RPC", "Artifacts", "Catalogue", "ServiceContracts", "RecommendationCore",
        "RecommendationProtos", log, metrics, yaml, http,
      ]),

    // MARK: Layer 3: the services, which never import one another
    service(
      "Gateway",
      [
        "RPC", "ServiceContracts", "ServiceRuntime", "StagePipeline", "Reranking", "Redis",
        "Timing", "Catalogue", "BusinessRules", "RecommendationCore", "RecommendationProtos",
        "Artifacts", protobuf, log, metrics,
      ]),
    service(
      "CandidateGeneration",
      [
        "RPC", "ServiceContracts", "ServiceRuntime", "Timing", "Catalogue", "VectorSearch",
        "Models", "Text", "LinearAlgebra", "RecommendationCore", "RecommendationProtos",
        "Artifacts", protobuf, log, metrics,
      ]),
    service(
      "Feature",
      [
        "RPC", "ServiceContracts", "ServiceRuntime", "Features", "KeyValueStore", "Redis",
        "Catalogue", "RecommendationCore", "RecommendationProtos", "Artifacts", protobuf, log,
        metrics,
      ]),
    service(
      "Ranking",
      [
        "RPC", "ServiceContracts", "ServiceRuntime", "Rankers", "RecommendationCore",
        "RecommendationProtos", "Artifacts", protobuf, log, metrics,
      ]),
    service(
      "Explanation",
      [
        "RPC", "ServiceContracts", "ServiceRuntime", "Explanations", "Models", "Text", "Catalogue",
        "RecommendationCore", "RecommendationProtos", "Artifacts", protobuf, log, metrics,
      ]),
    library(
      "PipelineJobs",
      [
        "Datasets", "SyntheticWorld", "Features", "Catalogue", "Models", "Text", "Rankers",
        "Evaluation", "VectorSearch", "Artifacts", "BusinessRules", "RecommendationCore", "RPC",
        "ServiceContracts", "RecommendationProtos", "KeyValueStore", "LinearAlgebra",
        "Recommenders",
        protobuf, histogram, log, yaml,
      ], path: "Services/Pipeline/Service"),

    // MARK: Layer 4: mains
    program("recsys-gateway", "Gateway", ["GatewayService", "ServiceRuntime"]),
    program(
      "recsys-candidates", "CandidateGeneration", ["CandidateGenerationService", "ServiceRuntime"]),
    program("recsys-features", "Feature", ["FeatureService", "ServiceRuntime"]),
    program("recsys-ranking", "Ranking", ["RankingService", "ServiceRuntime"]),
    program("recsys-explanation", "Explanation", ["ExplanationService", "ServiceRuntime"]),
    program(
      "recsys", "Pipeline",
      [
        "PipelineJobs", "Datasets", "SyntheticWorld", "Artifacts", "Evaluation", "BusinessRules",
        "Rankers", "RecommendationCore", "RecommendationProtos", arguments, log, protobuf,
      ]),

    // MARK: Benchmarks
    cxxBenchmark("bench-rpc-cxx", "RPC/CxxEchoServer", links: grpcLibraries),
    benchmark("bench-rpc-swift", "RPC/SwiftEchoServer", ["RPC", protobuf]),
    cxxBenchmark("bench-rpc-load", "RPC/LoadGenerator", links: grpcLibraries),
    benchmark("bench-rpc", "RPC/Driver", []),
    benchmark(
      "bench-ranking", "Ranking",
      [
        "Catalogue", "Explanations", "LinearAlgebra", "Models", "Rankers", "RecommendationCore",
        "Reranking",
      ]),
    cxxBenchmark("bench-chain-cxx", "Gateway/CxxChain", links: grpcLibraries),
    benchmark(
      "bench-gateway", "Gateway/Driver",
      [
        "PipelineJobs", "Artifacts", "Datasets", "Rankers", "SyntheticWorld", "RPC",
        "RecommendationProtos", "ServiceContracts", protobuf,
      ]),
    benchmark("bench-data", "Data", ["Datasets", "PipelineJobs", "SyntheticWorld"]),
    benchmark(
      "bench-retrieval", "Retrieval", ["LinearAlgebra", "RecommendationCore", "VectorSearch"]),
    benchmark(
      "bench-models", "Models",
      ["Datasets", "Evaluation", "Recommenders", "RecommendationCore", arguments]),
    benchmark(
      "bench-swap", "Swap",
      [
        "PipelineJobs", "SyntheticWorld", "Artifacts", "RPC", "ServiceContracts",
        "RecommendationProtos", "Datasets",
      ]),

    // MARK: Tests
    .target(
      name: "TestSupport", dependencies: [], path: "Tests/TestSupport", swiftSettings: settings),
    tests("RecommendationCore", []),
    tests(
      "BusinessRules", ["Catalogue", "RecommendationCore", "RecommendationProtos", "RPC", protobuf]),
    tests("Features", ["RecommendationCore", "KeyValueStore", "Catalogue", "Redis"]),
    tests("Catalogue", ["RecommendationCore"]),
    tests("KeyValueStore", ["RecommendationCore"]),
    tests("Redis", []),
    tests(
      "CandidateGenerationService",
      [
        "Artifacts", "Catalogue", "Datasets", "Models", "PipelineJobs", "SyntheticWorld", "Text",
        "VectorSearch",
      ] + serviceTests),
    tests("RankingService", ["Artifacts", "Rankers"] + serviceTests),
    tests(
      "ExplanationService",
      ["Artifacts", "Catalogue", "Explanations", "Models", "Text", "LinearAlgebra"] + serviceTests),
    tests("VectorSearch", ["LinearAlgebra", "RecommendationCore"]),
    tests("FeatureService", ["Features", "Catalogue", "Artifacts"] + serviceTests),
    tests("Evaluation", ["RecommendationCore"]),
    tests("Models", ["RecommendationCore", "LinearAlgebra", "Artifacts"]),
    tests(
      "Recommenders", ["RecommendationCore", "LinearAlgebra", "Models", "Evaluation", "Datasets"]),
    tests("Text", ["RecommendationCore", "LinearAlgebra", "Artifacts"]),
    tests("LinearAlgebra", ["RecommendationCore"]),
    tests("Artifacts", ["RecommendationCore"]),
    tests("ServiceRuntime", ["RPC", log, metrics]),
    tests("Datasets", ["RecommendationCore"]),
    tests("Rankers", ["RecommendationCore", "Artifacts"]),
    tests("Reranking", ["RecommendationCore"]),
    tests(
      "Explanations", ["RecommendationCore", "Models", "Text", "Catalogue", "LinearAlgebra"]),
    tests("StagePipeline", ["RecommendationCore", "Timing", log]),
    tests(
      "GatewayService",
      ["Catalogue", "StagePipeline", "Reranking", "BusinessRules", "Redis"] + serviceTests),
    tests("Images", ["RecommendationCore"]),
    tests("SyntheticWorld", ["Images", "Datasets", "RecommendationCore"]),
    tests(
      "PipelineJobs",
      [
        "Datasets", "SyntheticWorld", "Artifacts", "Models", "Rankers", "Evaluation", "Features",
        "Catalogue", "RecommendationCore", "RPC", "RecommendationProtos", "ServiceContracts",
        protobuf,
      ]),
    tests("RPC", ["RecommendationCore", "RecommendationProtos", protobuf]),
    tests(
      "ServiceContracts",
      ["RPC", "Catalogue", "RecommendationCore", "RecommendationProtos", protobuf]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// RECSYS_NEURAL=1 adds the models that learn on libtorch (Deploy/install --with neural); the services never need it.
if Context.environment["RECSYS_NEURAL"] == "1" {
  package.targets += [
    cxxLibrary("CTorch", links: ["torch", "torch_cpu", "c10", "gomp", "openblas"]),
    library(
      "NeuralModels", ["CTorch", "LinearAlgebra", "Models", "RecommendationCore", "Recommenders"]),
    tests(
      "NeuralModels",
      ["Artifacts", "LinearAlgebra", "Models", "RecommendationCore", "Recommenders"]),
  ]
  // Programs that fit models register these kinds too.
  for target in package.targets where ["bench-models", "recsys"].contains(target.name) {
    target.dependencies.append("NeuralModels")
    target.swiftSettings = (target.swiftSettings ?? []) + [.define("RECSYS_NEURAL")]
  }
}

// RECSYS_ONLY=RPCTests (or several, with commas) keeps them and what they need, for builds of one room (Deploy/sanitize).
if let only = Context.environment["RECSYS_ONLY"] {
  var wanted: Set<String> = []
  var waiting = only.split(separator: ",").map(String.init)
  while let name = waiting.popLast() {
    guard wanted.insert(name).inserted else { continue }
    for dependency in package.targets.first(where: { $0.name == name })?.dependencies ?? [] {
      switch dependency {
      case .targetItem(let name, _), .byNameItem(let name, _): waiting.append(name)
      default: break
      }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products = []
}
