local function merge(name, reported)
  local key, value, kind = fetch(name, '840')
  local count = 0
  if kind == 'F' and clock < (newest + 1) * window then count = unpack('<d', value, BODY) end
  for _, group in ipairs(reported) do
    if floor(group.at / window) == number then count = count + group.units end
  end
  if count == 0 then return end
  newest = number
  call('SET', key, header('F') .. pack('<d', math.min(count, limit)), 'PX', expiry(ends))
end
