--[[
Around every algorithm: `ask` and `decide`, which it defines, go in the middle.
Time is Redis TIME in microseconds, read once, so that the clock of no node matters.

KEYS  one name for each check, on a cluster all of one slot
ARGV  limit, window in microseconds, cost, and for how many of the keys, in turn; none at all to read
Reply doubles: now, then for each check the microseconds until its cost could be allowed (0: it was), units taken,
      microseconds until more quota is there, microseconds until all of it is, epoch;
      when reading, now, then for each key its limit, window in microseconds and units taken, all 0 without a counter

A counter is one string: a header, then what its kind, a letter, says. E is what a reset leaves: nothing taken.
The epoch is the time of the last reset or step back of the clock: only what was allowed in one epoch may be compared.
Every counter expires. A value that is no counter counts as none and is overwritten.

Each window has a counter of its own. While a name has one window, the counter is at the name. With the second one, the
counter moves: kind W, at the name, lists the windows, and the counter of a window of 60 s is at `name:60000`. These
names are in the slot of the first. The epoch in W is that of counters that are not written yet. `newest` is a time,
beyond the life of all of them, at which W expires. When one window is left, its counter moves back. A key has counters
of at most 101 windows at once: a check of one more is denied.
]]

local attempt = pcall
local call, pcall, type = redis.call, redis.pcall, type
local pack, unpack, floor, ceil = struct.pack, struct.unpack, math.floor, math.ceil

local HEADER, BODY = '<c1I4ddd', 30 -- kind, limit, window, epoch, newest; where what follows begins

local time = call('TIME')
local clock = time[1] * 1000000 + time[2]

-- The checks at hand, set before `ask`, which prepares for several, and `decide(key)`, which is for one.
local limit, window, cost
-- The counter at hand. What `newest` counts is the algorithm's own.
local epoch, newest
-- Whether it turned out not to be one; whether the key has too many windows for another one.
local isNone, isFull

-- Kind, window and limit of a counter.
local function open(value)
  epoch, newest = 0, 0
  if type(value) ~= 'string' or #value < BODY - 1 then return nil end
  local kind, limitThen, windowThen
  kind, limitThen, windowThen, epoch, newest = unpack(HEADER, value)
  return kind, windowThen, limitThen
end

-- A second is added so that a counter never goes before what it counts.
local function expiry(microseconds)
  return ceil(microseconds / 1000) + 1000
end

-- The counter of the window at hand: its name, its value up to that byte, at least 840 to hold any list of windows, its
-- kind and its limit.
local function fetch(key, last)
  local value = pcall('GETRANGE', key, '0', last)
  local kind, windowThen, limitThen = open(value)
  if kind and windowThen ~= window then
    local list
    if kind == 'W' then
      list = string.sub(value, BODY)
    elseif windowThen >= 1000 and windowThen <= 2678400000000 and windowThen % 1000 == 0 then
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
        if isFull then error('too many windows') end
        if others == 0 then
          if call('EXISTS', name) == 1 then call('RENAME', name, key) end
          name = key
        else
          kept[others + 1] = pack('<d', window)
          newest = math.max(newest, clock + 3 * window + 2000000)
          -- The list comes first: where Redis is out of memory, it refuses that, and nothing has moved.
          local at, start = kind == 'W' and key or key .. ':W', pack(HEADER, 'W', 0, 0, epoch, newest)
          call('SET', at, start .. table.concat(kept), 'PX', expiry(newest - clock))
          if at ~= key then
            call('RENAME', key, key .. ':' .. windowThen / 1000)
            call('RENAME', at, key)
          end
        end
      end
      key, value = name, pcall('GETRANGE', name, '0', last)
    end
    local before = list and epoch or 0
    kind, windowThen, limitThen = open(value)
    if windowThen ~= window then kind, epoch, newest = nil, before, 0 end
  end
  if isNone then kind, epoch, newest = nil, 0, 0 end
  return key, value, kind, limitThen
end

local function header(kind)
  return pack(HEADER, kind, limit, window, epoch, newest)
end

--- The algorithm ---

-- Decides as if there were no counter where the value looks like one and is none.
local function decideAny(key)
  isNone, isFull = false, false
  local ok, retry, count, more, reset = attempt(decide, key)
  if ok then return retry, count, more, reset end
  if isFull then
    epoch = 0
    return window, limit, window, window
  end
  isNone = true
  return decide(key)
end

local function read(key)
  local kind, windowThen, limitThen = open(pcall('GETRANGE', key, '0', BODY - 2))
  if not kind or kind == 'W' then return pack('<ddd', 0, 0, 0) end
  limit, window, cost = limitThen, windowThen, 0
  ask()
  local _, count = decideAny(key)
  return pack('<ddd', limit, window, count)
end

local reply = { pack('<d', clock) }
local left, group = 0, -3
for i, key in ipairs(KEYS) do
  if #ARGV == 0 then
    reply[i + 1] = read(key)
  else
    if left == 0 then
      group = group + 4
      limit, window, cost, left = ARGV[group] + 0, ARGV[group + 1] + 0, ARGV[group + 2] + 0, ARGV[group + 3] + 0
      ask()
    end
    left = left - 1
    local retry, count, more, reset = decideAny(key)
    reply[i + 1] = pack('<ddddd', retry, count, more, reset, epoch)
  end
end
return table.concat(reply)
