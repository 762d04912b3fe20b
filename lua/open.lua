--[[
Opens the counter of the check at hand.

Each window has a counter of its own. While a name has one window, the counter is at the name. With the second one, the
counter moves: kind W, at the name, lists the windows, and the counter of a window of 60 s is at `name:60000`. These
names are in the slot of the first. The epoch in W is that of counters that are not written yet. `newest` is a time,
beyond the life of all of them, at which W expires. When one window is left, its counter moves back. A key has counters
of at most 101 windows at once: a check of one more is denied.
]]

value = pcall('GETRANGE', key, '0', last)
kind, epoch, newest = nil, 0, 0
-- The table of an error, where Redis holds no string, has no length either.
if #value >= BODY - 1 then
  kind, limitThen, windowThen, epoch, newest = unpack(HEADER, value)
  if windowThen ~= window then
    local list
    if kind == 'W' then
      list = sub(value, BODY)
    elseif windowThen >= 1000 and windowThen <= MOST_WINDOW and windowThen % 1000 == 0 then
      list, newest = pack('<d', windowThen), clock + 2 * windowThen + 1000000
    end
    if list then
      local name, isListed = key .. ':' .. window / 1000, false
      for at = 1, #list - 7, 8 do isListed = isListed or unpack('<d', list, at) == window end
      -- A counter lives for two of its windows and a second at most.
      if not isListed or newest < clock + 2 * window + 1000000 then
        local kept, others = {}, 0
        for at = 1, #list - 7, 8 do
          local listed = unpack('<d', list, at)
          if listed ~= window and (kind ~= 'W' or call('EXISTS', key .. ':' .. listed / 1000) == 1) then
            others = others + 1
            kept[others] = pack('<d', listed)
          end
        end
        isFull = others >= 100
        if others == 0 then
          if call('EXISTS', name) == 1 then call('RENAME', name, key) end
          name = key
        elseif not isFull then
          kept[others + 1] = pack('<d', window)
          newest = math.max(newest, clock + 3 * window + 2000000)
          -- The list comes first: where Redis is out of memory, it refuses that, and nothing has moved.
          local at, start = kind == 'W' and key or key .. ':W', pack(HEADER, 'W', 0, 0, epoch, newest)
          call('SET', at, start .. table.concat(kept), 'PX', ceil((newest - clock) / 1000) + 1000)
          if at ~= key then
            call('RENAME', key, key .. ':' .. windowThen / 1000)
            call('RENAME', at, key)
          end
        end
      end
      key, value = name, pcall('GETRANGE', name, '0', last)
    end
    local before = list and epoch or 0
    if #value >= BODY - 1 then kind, limitThen, windowThen, epoch, newest = unpack(HEADER, value) end
    if #value < BODY - 1 or windowThen ~= window then kind, epoch, newest = nil, before, 0 end
  end
  if isNone or not (epoch >= 0 and epoch < 2^53 and newest >= 0 and newest < 2^53) then kind, epoch, newest = nil, 0, 0 end
end
