/** The first stage of a client's connection: which protocol it speaks. Acceptors begin with it. */
@NullMarked
package io.amqproxy.impl.detection;

import org.jspecify.annotations.NullMarked;
