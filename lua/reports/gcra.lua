-- The bucket drains from one time to the next. What another node took meanwhile stands at its newest time, which can
-- only leave more in it.
local function merge(key, reported)
  local value = pcall('GET', key)
  local kind, windowThen = open(value)
  local full = 0
  if kind == 'G' then
    local _, limitThen = unpack(HEADER, value)
    full = unpack('<d', value, BODY) / (windowThen / limitThen) * interval
    newest = math.min(newest, clock)
  end
  for _, group in ipairs(reported) do
    local at = max(group.at, newest)
    full = math.min(window, max(0, full - (at - newest)) + group.units * interval)
    newest = at
  end
  call('SET', key, header('G') .. pack('<d', full), 'PX', expiry(full))
end
