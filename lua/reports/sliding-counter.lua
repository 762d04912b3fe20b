for _, report in ipairs(reported) do
  local numberThen = floor(report.at / window)
  if numberThen == number then current = current + report.units end
  if numberThen == number - 1 then previous = previous + report.units end
end
previous, current = math.min(previous, limit), math.min(current, limit)
call('SET', key, pack('<c1I4ddddd', 'C', limit, window, epoch, number, previous, current), 'PX', life)
