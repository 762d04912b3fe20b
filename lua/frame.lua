--[[
Around every algorithm, whose parts go where they are named below: its declarations, `ask`, which prepares for all checks
that ask the same, and `decide`, which is for one check. Time is Redis TIME in microseconds, read once, so that the clock
of no node matters.

KEYS  one name for each check, on a cluster all of one slot
ARGV  limit, window in microseconds, cost, and for how many of the keys, in turn; none at all to read
Reply doubles: now, then for each check the microseconds until its cost could be allowed (0: it was), units taken,
      microseconds until more quota is there, microseconds until all of it is, epoch;
      when reading, now, then for each key its limit, window in microseconds and units taken, all 0 without a counter

A counter is one string: a header, then what its kind, a letter, says. E is what a reset leaves: nothing taken.
The epoch is the time of the last reset or step back of the clock: only what was allowed in one epoch may be compared.
Every counter expires. A value that is no counter counts as none and is overwritten.

A function costs more to make than a check costs to decide. So this is one piece of code without any, in which rare cases
make the functions they need.
]]

local call, pcall, attempt = redis.call, redis.pcall, pcall
local pack, unpack, sub, floor, ceil = struct.pack, struct.unpack, string.sub, math.floor, math.ceil

local HEADER, BODY = '<c1I4ddd', 30 -- kind, limit, window, epoch, newest; where what follows begins
local MOST_WINDOW = 2678400000000

local time = call('TIME')
local clock = time[1] * 1000000 + time[2]

-- The check at hand.
local limit, window, cost
-- Its counter: the name, the value up to byte `last`, and the header. Without a counter the kind is nil. What `newest`
-- counts is the algorithm's own. At least 840 bytes are read, to hold any list of windows.
local key, value, kind, limitThen, windowThen, epoch, newest
local last = '840'
-- What is answered.
local retry, count, more, reset
-- Whether the check is decided. If not, its counter has changed and is opened again.
local isDecided
-- Whether the counter has turned out to be none; whether the key has too many windows for another one.
local isNone, isFull

--- declarations ---

local isReading = #ARGV == 0
local reply = { pack('<d', clock) }
local group, left = 1, 0
for i = 1, #KEYS do
  key = KEYS[i]
  if left == 0 then
    if isReading then
      limit, window, cost, left = 0, 0, 0, 1
      value = pcall('GETRANGE', key, '0', '28')
      if #value == BODY - 1 then kind, limit, window = unpack(HEADER, value) end
    else
      limit, window, cost, left = ARGV[group] + 0, ARGV[group + 1] + 0, ARGV[group + 2] + 0, ARGV[group + 3] + 0
      group = group + 4
    end
    --- ask ---
  end
  left = left - 1
  count, isNone = 0, false
  isDecided = isReading and not (window > 0 and window <= MOST_WINDOW)
  while not isDecided do
    isDecided, isFull = true, false
    retry, count, more, reset = 0, 0, 0, 0
    --- open ---
    if isFull then
      retry, count, more, reset, epoch = window, limit, window, window, 0
    else
      --- decide ---
    end
  end
  if isReading then
    reply[i + 1] = pack('<ddd', limit, window, count)
  else
    reply[i + 1] = pack('<ddddd', retry, count, more, reset, epoch)
  end
end
return table.concat(reply)
