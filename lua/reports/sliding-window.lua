local function merge(key, reported)
  (large or makeLarge()).rare().merge(key, reported)
end
