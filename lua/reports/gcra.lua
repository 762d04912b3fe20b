-- The bucket drains from one time to the next. What another node took meanwhile stands at its newest time, which can
-- only leave more in it.
local function merge(name, reported)
  local key, value, kind, limitThen = fetch(name, '840')
  local full = 0
  if kind == 'G' then
    full = unpack('<d', value, BODY) / (window / limitThen) * interval
    newest = math.min(newest, clock)
  end
  for _, group in ipairs(reported) do
    local at = max(group.at, newest)
    full = math.min(window, max(0, full - (at - newest)) + group.units * interval)
    newest = at
  end
  call('SET', key, header('G') .. pack('<d', full), 'PX', expiry(max(full, epoch + window - clock)))
end
