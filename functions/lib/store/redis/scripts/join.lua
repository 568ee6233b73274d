-- Halves of joins put, or the whole of one read, one after the other: each is one step.
--
-- KEYS     of each, in turn:
--          the observation's record, `{<pipeline>/j<n>}:<key>`: an array, packed, of the ROW below
--          the counters of its slot, `{<pipeline>/j<n>}:counts`: a hash of hour to "opened,joined,waiting,met"
--          the delays of labels in its slot, `{<pipeline>/j<n>}:delays`: a hash of "day:bin" to how many came so late
-- ARGV[1]  test time
-- ARGV     of each, in turn: what is put, when it was recorded (epoch ms), milliseconds that a record lives from then on, a text,
--          another one; "" for what it has not
--          "observation": the half as JSON, and its label as JSON where it bears one
--          "label": the half as JSON
--          "served": what was served as JSON
--          "read"
-- Returns  of each its row as it is then, false where there is none: { expires, label first (0, 1), observation, label,
--          1 where the label came before anything was served, served }; "" for what is not there, 1 for what is just the text that
--          was given. Of "served": what was served alone, in the same way.
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

local now = time_of(ARGV[1])

local function write(key, row)
  local ttl = math.max(0, row[EXPIRES] - now) + MARGIN
  redis.call('SET', key, cmsgpack.pack(row), 'PX', string.format('%.0f', ttl))
end

local function count(key, window, hour, opened, joined, waiting, met)
  local was = redis.call('HGET', key, hour)
  if was then
    local o, j, w, m = string.match(was, '(%d+),(%d+),(%d+),(%d+)')
    opened, joined, waiting, met = opened + o, joined + j, waiting + w, met + m
  else
    local oldest = math.floor((now - window) / HOUR) - KEPT_HOURS
    for _, old in ipairs(redis.call('HKEYS', key)) do
      if tonumber(old) < oldest then redis.call('HDEL', key, old) end
    end
  end
  redis.call('HSET', key, hour, string.format('%d,%d,%d,%d', opened, joined, waiting, met))
  if not was then redis.call('PEXPIRE', key, string.format('%.0f', window + (KEPT_HOURS + 2) * HOUR)) end
end

-- The label came by itself, and this put has joined it.
local function count_delay(key, window, observed, labelled)
  local bin = 0
  while bin < #DELAY_ENDS and labelled - observed > DELAY_ENDS[bin + 1] * 1000 do bin = bin + 1 end
  local field = string.format('%d:%d', math.floor(observed / DAY), bin)
  if redis.call('HINCRBY', key, field, 1) > 1 then return end
  local oldest = math.floor((math.floor((now - window) / HOUR) - KEPT_HOURS) * HOUR / DAY)
  for _, old in ipairs(redis.call('HKEYS', key)) do
    if tonumber(string.match(old, '^-?%d+')) < oldest then redis.call('HDEL', key, old) end
  end
  redis.call('PEXPIRE', key, string.format('%.0f', window + (KEPT_HOURS + 2) * HOUR + DAY))
end

local function put_observation(row, key, counts, delays, recorded, window, text, label)
  local expires, hour = recorded + window, string.format('%.0f', math.floor(recorded / HOUR))
  if not row then
    row = { expires, 0, text, label, 0, '', hour, hour, recorded }
    write(key, row)
    count(counts, window, hour, 1, label == '' and 0 or 1, 0, 0)
  elseif row[OBSERVATION] == '' then
    row[OBSERVATION], row[OBSERVED_HOUR], row[EXPIRES] = text, hour, math.max(row[EXPIRES], expires)
    write(key, row)
    count(counts, window, hour, 1, 1, 0, 0)
    count(counts, window, row[LABELLED_HOUR], 0, 0, 0, 1)
    if row[FIRST_TIME] then count_delay(delays, window, recorded, row[FIRST_TIME]) end
  end
  return row
end

local function put_label(row, key, counts, delays, recorded, window, text)
  local expires, hour = recorded + window, string.format('%.0f', math.floor(recorded / HOUR))
  if not row then
    row = { expires, 1, '', text, 0, '', '', hour, recorded }
    write(key, row)
    count(counts, window, hour, 0, 0, 1, 0)
  elseif row[LABEL] == '' then
    row[LABEL], row[LABELLED_HOUR], row[UNSERVED] = text, hour, row[SERVED] == '' and 1 or 0
    write(key, row)
    count(counts, window, row[OBSERVED_HOUR], 0, 1, 0, 0)
    if row[FIRST_TIME] then count_delay(delays, window, row[FIRST_TIME], recorded) end
  end
  return row
end

local function shown(text, given)
  if text ~= '' and text == given then return 1 end
  return text
end

local rows = {}
for i = 1, #KEYS / 3 do
  local key, counts, delays = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local at = 5 * i - 3
  local what, recorded, window = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local text, second = ARGV[at + 3], ARGV[at + 4]
  local packed = redis.call('GET', key)
  local row = packed and cmsgpack.unpack(packed)
  if row and row[EXPIRES] <= now then row = false end
  if what == 'observation' then
    row = put_observation(row, key, counts, delays, recorded, window, text, second)
    rows[i] = { row[EXPIRES], row[LABEL_FIRST], shown(row[OBSERVATION], text), shown(row[LABEL], second), row[UNSERVED], row[SERVED] }
  elseif what == 'label' then
    row = put_label(row, key, counts, delays, recorded, window, text)
    rows[i] = { row[EXPIRES], row[LABEL_FIRST], row[OBSERVATION], shown(row[LABEL], text), row[UNSERVED], row[SERVED] }
  elseif what == 'served' then
    if row and row[OBSERVATION] ~= '' and row[SERVED] == '' then
      row[SERVED] = text
      write(key, row)
    end
    rows[i] = row and shown(row[SERVED], text)
  else
    rows[i] = row and { row[EXPIRES], row[LABEL_FIRST], row[OBSERVATION], row[LABEL], row[UNSERVED], row[SERVED] }
  end
end
return rows
