for _, report in ipairs(reported) do
  if floor(report.at / window) == number then count = count + report.units end
end
if count > 0 then
  local counted = pack('<c1I4dddd', 'F', limit, window, epoch, number, math.min(count, limit))
  call('SET', key, counted, 'PX', life)
end
