--[[
Around every algorithm: `ask` and `decide`, which it defines, go in the middle.
Time is Redis TIME in microseconds, read once, so that the clock of no node matters.

KEYS  one counter for each check, on a cluster all of one slot
ARGV  limit, window in microseconds, cost, and for how many of the keys, in turn; none at all to read
Reply doubles: now, then for each check the microseconds until its cost could be allowed (0: it was), units taken,
      microseconds until more quota is there, microseconds until all of it is, epoch;
      when reading, now, then for each key its limit, window in microseconds and units taken, all 0 without a counter

A counter is one string: a header, then what its kind, a letter, says. E is what a reset leaves: nothing taken.
The epoch is the time of the last reset, change of limit or window, or step back of the clock: only what was allowed
in one epoch may be compared. Every counter expires. A value that is no counter counts as none and is overwritten.
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
-- Whether it turned out not to be one.
local isNone

-- Kind and window of a counter.
local function open(value)
  epoch, newest = 0, 0
  if isNone or type(value) ~= 'string' or #value < BODY - 1 then return nil end
  local kind, limitThen, windowThen
  kind, limitThen, windowThen, epoch, newest = unpack(HEADER, value)
  if limitThen ~= limit or windowThen ~= window then epoch = clock end
  return kind, windowThen
end

local function header(kind)
  return pack(HEADER, kind, limit, window, epoch, newest)
end

-- A second is added so that a counter never goes before what it counts.
local function expiry(microseconds)
  return ceil(microseconds / 1000) + 1000
end

--- The algorithm ---

-- Decides as if there were no counter where the value looks like one and is none.
local function decideAny(key)
  isNone = false
  local ok, retry, count, more, reset = attempt(decide, key)
  if ok then return retry, count, more, reset end
  isNone = true
  return decide(key)
end

local function read(key)
  local value = pcall('GETRANGE', key, '0', BODY - 2)
  if type(value) ~= 'string' or #value < BODY - 1 then return pack('<ddd', 0, 0, 0) end
  local _
  _, limit, window = unpack(HEADER, value)
  cost = 0
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
