if not large then
  --- large ---
end
if not attempt(large.rare().merge, reported) then
  kind = nil
  large.rare().merge(reported)
end
