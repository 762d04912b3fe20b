local function merge(name, reported)
  local key, value, kind = fetch(name, '840')
  local previous, current = windows(value, kind)
  for _, group in ipairs(reported) do
    local numberThen = floor(group.at / window)
    if numberThen == number then current = current + group.units end
    if numberThen == number - 1 then previous = previous + group.units end
  end
  newest = number
  local counts = pack('<dd', math.min(previous, limit), math.min(current, limit))
  call('SET', key, header('C') .. counts, 'PX', expiry(2 * window - elapsed))
end
