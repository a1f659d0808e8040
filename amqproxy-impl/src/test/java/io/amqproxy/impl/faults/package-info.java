/** What dies while clients work, and what may be lost by it: nothing that was confirmed. */
@NullMarked
package io.amqproxy.impl.faults;

import org.jspecify.annotations.NullMarked;
