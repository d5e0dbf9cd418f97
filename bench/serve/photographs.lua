-- wrk: photographs by POST, one after the other. wrk ... -- PHOTOGRAPH...
-- At the end a line for bench/serve/run.sh: answers of status 200, other answers, errors of the connection.

local bodies = {}
local threads = {}
local at = 0

function setup(thread) table.insert(threads, thread) end

function init(paths)
  for i = 1, #paths do
    local file = assert(io.open(paths[i], "rb"))
    bodies[i] = file:read("*a")
    file:close()
  end
  good, other = 0, 0
end

function request()
  at = at % #bodies + 1
  return wrk.format("POST", "/v1/detect", { ["Content-Type"] = "image/png" }, bodies[at])
end

function response(status)
  if status == 200 then good = good + 1 else other = other + 1 end
end

function done(summary, latency)
  local good, other, errors = 0, 0, summary.errors
  for _, thread in ipairs(threads) do
    good = good + thread:get("good")
    other = other + thread:get("other")
  end
  print(string.format("answered %d other %d errors %d a-second %.2f median-ms %.1f p99-ms %.1f", good, other,
    errors.connect + errors.read + errors.write + errors.timeout, good / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
