-- One half of a join put, or the whole of it read: one step.
--
-- KEYS[1]  the observation's record, `{<pipeline>/j<n>}:<key>`: an array, packed, of the ROW below
-- KEYS[2]  the counters of its slot, `{<pipeline>/j<n>}:counts`: a hash of hour to "opened,joined,waiting,met"
-- KEYS[3]  the delays of labels in its slot, `{<pipeline>/j<n>}:delays`: a hash of "day:bin" to how many came so late
-- ARGV     what is put, test time, and then
--          "observation" or "label": when it was recorded (epoch ms), milliseconds that a record lives from then on, the half
--                                    as JSON; for an observation its label as JSON, "" where it bears none
--          "served": what was served as JSON
--          "read"
-- Returns  the row as it is then, false where there is none: { expires, label first (0, 1), observation, label,
--          1 where the label came before anything was served, served }; "" for what is not there
--
-- The rules J1 to J3 of join-answers.ts and D1 to D3 of join-delays.ts hold here. An earlier Wadi wrote rows without FIRST_TIME, and
-- its process counts no delays. The time to live is longer than the record's by a margin, for a clock
-- that is set right; a row past its end is as good as gone.

local EXPIRES, LABEL_FIRST, OBSERVATION, LABEL, UNSERVED, SERVED, OBSERVED_HOUR, LABELLED_HOUR = 1, 2, 3, 4, 5, 6, 7, 8
-- When the half that came first was recorded.
local FIRST_TIME = 9
local HOUR = 3600000
local DAY = 24 * HOUR
local MARGIN = 2 * HOUR
-- The upper ends of the bins of delays but the last, in seconds; join-delays.ts has the same.
local DELAY_ENDS = { 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 2592000 }
-- How long an hour that expired is still counted; join-answers.ts has the same.
local KEPT_HOURS = 24

local half, now = ARGV[1], time_of(ARGV[2])
local recorded, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local packed = redis.call('GET', KEYS[1])
local row = packed and cmsgpack.unpack(packed)
if row and row[EXPIRES] <= now then row = false end

local function write()
  local ttl = math.max(0, row[EXPIRES] - now) + MARGIN
  redis.call('SET', KEYS[1], cmsgpack.pack(row), 'PX', string.format('%.0f', ttl))
end

local function count(hour, opened, joined, waiting, met)
  local was = redis.call('HGET', KEYS[2], hour)
  if was then
    local o, j, w, m = string.match(was, '(%d+),(%d+),(%d+),(%d+)')
    opened, joined, waiting, met = opened + o, joined + j, waiting + w, met + m
  else
    local oldest = math.floor((now - window) / HOUR) - KEPT_HOURS
    for _, old in ipairs(redis.call('HKEYS', KEYS[2])) do
      if tonumber(old) < oldest then redis.call('HDEL', KEYS[2], old) end
    end
  end
  redis.call('HSET', KEYS[2], hour, string.format('%d,%d,%d,%d', opened, joined, waiting, met))
  if not was then redis.call('PEXPIRE', KEYS[2], string.format('%.0f', window + (KEPT_HOURS + 2) * HOUR)) end
end

-- The label came by itself, and this put has joined it.
local function count_delay(observed, labelled)
  local bin = 0
  while bin < #DELAY_ENDS and labelled - observed > DELAY_ENDS[bin + 1] * 1000 do bin = bin + 1 end
  local field = string.format('%d:%d', math.floor(observed / DAY), bin)
  if redis.call('HINCRBY', KEYS[3], field, 1) > 1 then return end
  local oldest = math.floor((math.floor((now - window) / HOUR) - KEPT_HOURS) * HOUR / DAY)
  for _, old in ipairs(redis.call('HKEYS', KEYS[3])) do
    if tonumber(string.match(old, '^-?%d+')) < oldest then redis.call('HDEL', KEYS[3], old) end
  end
  redis.call('PEXPIRE', KEYS[3], string.format('%.0f', window + (KEPT_HOURS + 2) * HOUR + DAY))
end

if half == 'observation' then
  local expires, hour = recorded + window, string.format('%.0f', math.floor(recorded / HOUR))
  if not row then
    row = { expires, 0, ARGV[5], ARGV[6], 0, '', hour, hour, recorded }
    write()
    count(hour, 1, ARGV[6] == '' and 0 or 1, 0, 0)
  elseif row[OBSERVATION] == '' then
    row[OBSERVATION], row[OBSERVED_HOUR], row[EXPIRES] = ARGV[5], hour, math.max(row[EXPIRES], expires)
    write()
    count(hour, 1, 1, 0, 0)
    count(row[LABELLED_HOUR], 0, 0, 0, 1)
    if row[FIRST_TIME] then count_delay(recorded, row[FIRST_TIME]) end
  end
elseif half == 'label' then
  local expires, hour = recorded + window, string.format('%.0f', math.floor(recorded / HOUR))
  if not row then
    row = { expires, 1, '', ARGV[5], 0, '', '', hour, recorded }
    write()
    count(hour, 0, 0, 1, 0)
  elseif row[LABEL] == '' then
    row[LABEL], row[LABELLED_HOUR], row[UNSERVED] = ARGV[5], hour, row[SERVED] == '' and 1 or 0
    write()
    count(row[OBSERVED_HOUR], 0, 1, 0, 0)
    if row[FIRST_TIME] then count_delay(row[FIRST_TIME], recorded) end
  end
elseif half == 'served' and row and row[OBSERVATION] ~= '' and row[SERVED] == '' then
  row[SERVED] = ARGV[3]
  write()
end

if not row then return false end
return { row[EXPIRES], row[LABEL_FIRST], row[OBSERVATION], row[LABEL], row[UNSERVED], row[SERVED] }
