extension LoadTestPage {
  /// Colours that stay apart for the colour-blind (Okabe and Ito 2008), in light and in dark.
  static let style = """
    :root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --line: #dfe3ea; --page: #f6f7f9;
      --card: #ffffff; --s0: #d55e00; --s1: #e69f00; --s2: #0072b2; --s3: #6b7280; --s4: #009e73;
      --s5: #cc79a7; --s6: #56b4e9; --s7: #8c6d1f; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6e9ef; --soft: #9aa4b5; --line: #323a48; --page: #12161d; --card: #1a202a;
        --s2: #4aa3df; --s3: #9aa4b5; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 32px 24px; max-width: 1640px; background: var(--page);
      color: var(--ink); font: 15px/1.5 system-ui, "Helvetica Neue", "DejaVu Sans", sans-serif; }
    h1 { margin: 0 0 4px; font-size: 26px; }
    h2 { margin: 32px 0 8px; font-size: 18px; }
    .summary, .footer { color: var(--soft); margin: 0 0 16px; }
    .footer { margin-top: 32px; font-size: 13px; }
    .warning { border-left: 4px solid var(--s0); padding: 8px 12px; background: var(--card); }
    .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0 24px; }
    .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 10px 18px; min-width: 120px; }
    .tile b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
    .tile span { color: var(--soft); font-size: 13px; }
    .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(560px, 100%), 1fr));
      gap: 16px; }
    figure { margin: 0; padding: 12px; background: var(--card); border: 1px solid var(--line);
      border-radius: 10px; }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--soft); font-size: 11.5px; }
    svg text.title { fill: var(--ink); font-size: 14.5px; font-weight: 600; }
    svg text.band-name { font-size: 10.5px; }
    .grid { stroke: var(--line); stroke-width: 1; }
    .axis, .tick { stroke: var(--soft); stroke-width: 1; }
    .band { fill: var(--soft); opacity: 0.07; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .dashed { stroke-dasharray: 6 4; stroke-width: 1.6; }
    .area { stroke: none; opacity: 0.75; }
    .table { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; background: var(--card);
      border: 1px solid var(--line); }
    th, td { padding: 5px 14px; text-align: right; border-bottom: 1px solid var(--line);
      white-space: nowrap; }
    th { color: var(--soft); font-weight: 600; font-size: 13px; }
    th:first-child, td:first-child { text-align: left; }
    """
    + (0..<8).map { colour in
      "\n.line.s\(colour) { stroke: var(--s\(colour)); } "
        + ".area.s\(colour), .key.s\(colour), .dot.s\(colour) { fill: var(--s\(colour)); }"
    }.joined()
}
