-- The bucket drains from one time to the next. What another node took meanwhile stands at its newest time, which can
-- only leave more in it.
local drainedAt = 0
full = 0
if kind == 'G' then
  full = unpack('<d', value, BODY) / (window / limitThen) * interval
  drainedAt = math.min(newest, clock)
end
for _, report in ipairs(reported) do
  local at = max(report.at, drainedAt)
  full = math.min(window, max(0, full - (at - drainedAt)) + report.units * interval)
  drainedAt = at
end
local life = ceil(max(full, epoch + window - clock) / 1000) + 1000
call('SET', key, pack('<c1I4dddd', 'G', limit, window, epoch, drainedAt, full), 'PX', life)
