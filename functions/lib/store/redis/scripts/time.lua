-- What time it is. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- What has expired is decided by the clock of this server, the same for all who ask: the clocks of processes need not be right.
-- A script takes `test time` as an argument, "" except in a test that lets days pass.

-- Epoch milliseconds.
local function time_of(test_time)
  if test_time ~= '' then return tonumber(test_time) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
